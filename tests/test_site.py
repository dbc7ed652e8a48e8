"""The site of `make docs`: what has a page, what the addresses in reports lead to, and how it looks."""

from __future__ import annotations

import json
import re
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

import browser
import publish
import pytest
from conftest import FLAWED, ROOT, RULEBOOK, SOUND, Repository, as_json, cli
from curve import curve
from pages import listing, llms, pages
from pages.examples import examples, name_of
from pages.fields import sections
from pages.links import assets
from pages.page import Page
from search import index

from rtreview import simulate
from rtreview.commands.top import COMMANDS
from rtreview.language import catalogue
from rtreview.language.spec import Spec
from rtreview.language.tree import branches

SITE = "https://docs.example.org/rtreview"
PROXY = "heartbeat-slower-than-path"
ADDRESS = f"{SITE}/rules/{PROXY}.html"
BATCHES = "batch a:  20% found, 3 of 15 faults of 10 designs; 1 asked about, 2 wrong alarms"


@pytest.fixture
def team(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose configuration names the site, with a flawed design; it is the current one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    (tmp_path / ".rtreview.toml").write_text(f'docs-url = "{SITE}/"\n', "utf-8")
    (tmp_path / "chat.rtreview.yaml").write_bytes(FLAWED.read_bytes())
    return tmp_path


def review(*words: str) -> str:
    """The flawed design by one rule."""
    return cli("--select", PROXY, *words, "chat.rtreview.yaml").stdout


# What has a page


def test_everything_that_has_a_name_has_its_page() -> None:
    """At the address that people guess."""
    addresses = {page.address for page in pages().values()}
    assert {section.page for section in RULEBOOK.sections.values()} <= addresses
    assert {f"platforms/{platform.id}.html" for platform in catalogue.load()} <= addresses
    assert {f"scenarios/{scenario.name}.html" for scenario in simulate.scenarios()} <= addresses
    assert {f"commands/{name}.html" for name in COMMANDS} <= addresses
    assert f"rules/{PROXY}.html" in addresses
    assert "patterns/exponential-backoff-with-jitter.html" in addresses


def test_a_field_has_its_place_on_the_page_of_its_section() -> None:
    """`fields/transport.heartbeat.html#interval`."""
    page = pages()["fields/transport.heartbeat.md"].markdown
    (heartbeat,) = (branch for branch in branches(Spec) if branch.name == "transport.heartbeat")
    assert re.findall(r"^## .*\{ #(\w+) \}$", page, re.MULTILINE) == [field.key for field in heartbeat.holds]


def test_the_place_of_a_field_has_every_rule_that_reads_it() -> None:
    """Not only those whose sections name it; the first few, and the others behind a word."""
    path = pages()["fields/transport.path.md"].markdown
    about = path.partition("## idle_timeout ")[2].partition("\n## ")[0]
    assert f"- [The path closes before the heartbeat comes](../rules/{PROXY}.md) `{PROXY}`" in about
    kind = pages()["fields/transport.md"].markdown.partition("## kind ")[2].partition("\n## ")[0]
    readers = RULEBOOK.readers(("transport", "kind"))
    assert re.findall(r"`([\w-]+)`$", kind.partition("Rules that read it")[2], re.MULTILINE) == [
        rule.id for rule in readers
    ]
    assert f"<summary>And {len(readers) - 6} more</summary>" in kind


def test_a_default_holds_for_the_transports_that_it_holds_for() -> None:
    """Cloudflare has two idle timeouts, and one value of each platform is told once."""
    page = pages()["fields/transport.path.md"].markdown
    timeouts = page.partition("## idle_timeout ")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| \[Cloudflare reverse proxy\]\(.+?\) \| (.+) \|$", timeouts, re.MULTILINE)
    assert rows == ["`100s` | any other", "`2m` | sse, http-stream, long-polling"]
    assert "| platform | default | transport |\n" in timeouts


def test_the_list_of_the_fields_leads_to_each_of_them() -> None:
    """A search in the page for `idle` finds the place of the field."""
    listed = listing("fields")
    assert "[idle_timeout](fields/transport.path.md#idle_timeout)" in listed
    leaves = [branch for branch in branches(Spec) if branch.section is None]
    assert len(re.findall(r"\[\w[\w.-]*\]\(fields/[^)]+#[^)]+\)", listed)) == len(leaves)


def test_a_platform_leads_to_the_rules_and_names_each_source_once() -> None:
    """From the balancer to the heartbeat that it cuts."""
    page = pages()["platforms/aws-alb.md"].markdown
    assert f"](../rules/{PROXY}.md) `{PROXY}`" in page.partition("\n## Rules that read these fields\n")[2]
    source = (
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupAttribute.html"
    )
    assert page.count(source) == 1
    assert f"[docs.aws.amazon.com: API_TargetGroupAttribute]({source})" in page
    assert "| tcp keepalive counts | no |" in page


def test_a_trail_names_no_shelf_twice() -> None:
    """And its parts as their books have them."""
    assert "\n[Patterns](../patterns.md)\n" in pages()["patterns/exponential-backoff-with-jitter.md"].markdown
    parts = {page.part for page in pages().values()}
    assert {"CDN", "Backpressure and fan-out", "Anti-patterns"} <= parts


def test_the_start_has_the_review_as_text() -> None:
    """In the colours of the page, and not as a picture in those of paper."""
    start = pages()["index.md"].markdown
    assert f"```text\nTeam chat  examples/team-chat-flawed.rtreview.yaml\n\nerror[{PROXY}]" in start
    assert "review.svg" not in start


def test_what_a_terminal_shows_has_its_colours_on_the_site_and_none_in_markdown() -> None:
    """The words that the program colours, in the colour that it gives them."""
    page = pages()[f"rules/{PROXY}.md"]
    assert f'<span class="bold red">error[{PROXY}]</span><span class="bold"> The path closes' in page.source
    assert '<span class="blue"> 8 | </span>  heartbeat: {interval: 60s, timeout: 10s}\n' in page.source
    for name in (f"rules/{PROXY}", "scenarios/restart", "examples/text-editor-flawed", "index"):
        each = pages()[f"{name}.md"]
        assert "\x1b" not in each.source + each.markdown
        assert '<span class="' not in each.markdown
        assert re.findall('<div class="highlight screen (\\w+)">', each.source)[:2] == ["wide", "narrow"]


def test_the_page_of_an_example_has_the_report_beside_it() -> None:
    """In every letter, on whatever day the site is built."""
    for example in examples():
        report = example.read_text("utf-8").strip()
        assert f"```text\n{report}\n```" in pages()[f"examples/{name_of(example)}.md"].markdown


def test_the_start_of_the_site_tells_nobody_to_make_it() -> None:
    """And leads to how the program is built, and how to add to it."""
    start = pages()["index.md"].markdown
    assert "make docs" not in start
    assert "[ARCHITECTURE.md](architecture.md), [CONTRIBUTING.md](contributing.md)" in start


def test_no_section_of_the_language_is_left_out() -> None:
    """Nor a field that stands in none."""
    assert set(sections()) == {()} | {branch.path for branch in branches(Spec) if branch.section}
    assert "## purpose { #purpose }" in pages()["fields/design.md"].markdown


def test_every_page_that_people_wrote_is_in_the_menu() -> None:
    """And every list of what has a page."""
    menu = set(re.findall(r'"([\w-]+\.md)"', (ROOT / "docs" / "site" / "zensical.toml").read_text("utf-8")))
    assert menu == {page.path for page in pages().values() if not page.shelf}


def test_a_list_leads_to_all_that_stands_on_its_shelf() -> None:
    """By its parts."""
    listed = listing("rules")
    assert {f"rules/{rule.id}.md" for rule in RULEBOOK} <= set(re.findall(r"\]\(([^)]+)\)", listed))
    assert "## Heartbeats\n" in listed


def test_llms_txt_names_every_page() -> None:
    """Each as Markdown, with a sentence."""
    rows = re.findall(r"^- \[.+\]\((.+)\): .+\.$", llms(), re.MULTILINE)
    assert set(pages()) - set(rows) == set()


@pytest.mark.slow
def test_the_search_has_an_entry_for_each_page_field_and_option() -> None:
    """Each begins with its kind, and none is a heading that says "Bad"."""
    items = {item["location"]: item["title"] for item in json.loads(index())["items"]}
    assert {page.address for page in pages().values()} <= set(items)
    assert items[f"rules/{PROXY}.html"] == f"Rule: The path closes before the heartbeat comes ({PROXY})"
    assert items["fields/transport.path.html#idle_timeout"] == "Field: transport.path.idle_timeout"
    assert items["commands/review.html#fail-on"] == "Option: rtreview review --fail-on"
    assert not [title for title in items.values() if ": " not in title]


@pytest.mark.slow
def test_the_index_of_the_search_is_small() -> None:
    """It has neither designs nor reports, nor the cases that hold a rule."""
    assert len(index().encode()) < 1_800_000
    assert "Sixty against sixty" not in index()
    assert "design.yaml:8:25" not in index()


def test_a_command_has_a_place_for_each_option() -> None:
    """With what it means on one line, however the terminal folds it."""
    page = pages()["commands/review.md"].markdown
    threshold = "The mildest severity that makes the exit status 1. [default: error]"
    assert f"\n### `--fail-on <error|warning|info|never>` {{ #fail-on }}\n\n{threshold}\n" in page
    assert "\n### `-q, --quiet` { #quiet }\n" in page
    helped = cli("review", "--help").stdout
    assert re.findall(r"^  (?:-\w, )?--([\w-]+)", helped, re.MULTILINE) == re.findall(
        r"^### `(?:-\w, )?--.* \{ #([\w-]+) \}$", page, re.MULTILINE
    )


def test_a_page_of_a_rule_shows_what_a_review_says() -> None:
    """The bad design with its finding, the good one without, and what the rule was tried on."""
    page = pages()[f"rules/{PROXY}.md"].markdown
    bad, good = page.index("\n## Bad\n"), page.index("\n## Good\n")
    assert f"error[{PROXY}] The path closes before the heartbeat comes" in page[bad:good]
    assert "0 findings, 0 questions" in page[good:]
    edge = RULEBOOK.sections["websocket-proxy-timeout"].title
    assert f"[{edge}](../sharp-edges/websocket-proxy-timeout.md)" in page
    assert "[`transport.heartbeat.interval`](../fields/transport.heartbeat.md#interval)" in page
    assert "covered by [`missing-heartbeat`](missing-heartbeat.md)" in page
    cases = page.partition("<summary>Test cases</summary>")[2]
    assert all(f"\n**{heading}**\n" in cases for heading in ("Fires on", "Passes", "Asks about"))


def test_a_page_of_a_rule_begins_with_what_a_reviewer_asks_first() -> None:
    """What is wrong with its numbers, and the change; exactly when the rule fires comes last."""
    page = pages()[f"rules/{PROXY}.md"].markdown
    assert re.findall(r"^## (.+)$", page, re.MULTILINE) == [
        "Fix", "Bad", "Good", "Why", "Question", "Exemptions",
        "Exactly when it fires", "On published designs",
    ]  # fmt: skip
    first, _, fix = page.partition("\n## Fix\n")
    assert "over which nothing has passed for its idle timeout" in first
    assert "> The heartbeat interval of 60 s is not below 60 s" in first
    assert "```yaml\ntransport.heartbeat.interval: 25s\n```" in fix.partition("\n## Bad\n")[0]


def test_each_case_of_a_rule_has_its_severity_in_a_table() -> None:
    """A rule with one severity needs none."""
    page = pages()["rules/presence-fanout-quadratic.md"].markdown
    assert "**error, warning, info** · `rtreview explain presence-fanout-quadratic`\n" in page
    table = page.partition("\n## Exactly when it fires\n")[2]
    assert table.startswith(
        "\n| severity | when |\n| --- | --- |\n| warning | it takes more than half of it |\n"
    )
    assert "\n| error | otherwise |\n" in table
    assert "| severity | when |" not in pages()[f"rules/{PROXY}.md"].markdown


def test_a_published_design_on_which_a_rule_fires_is_named_with_its_source() -> None:
    """A rule that says nothing of any has no such section."""
    published = pages()[f"rules/{PROXY}.md"].markdown.partition("\n## On published designs\n")[2]
    source = "[mattermost/docs #8929](https://github.com/mattermost/docs/issues/8929)"
    assert published == f"\n- Fires on Mattermost behind an ALB ({source})\n"
    assert "On published designs" not in pages()["rules/presence-fanout-quadratic.md"].markdown


@pytest.mark.parametrize("rule", [PROXY, "presence-fanout-quadratic", "connections-exceed-limit"])
def test_the_report_on_a_page_is_the_one_that_the_program_prints(
    rule: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the change that ends the finding; only what to call next is left out."""
    monkeypatch.chdir(tmp_path)
    for heading in ("Bad", "Good"):
        (_, design), *_ = RULEBOOK.sections[rule].blocks(heading)
        Path("design.yaml").write_text(design, "utf-8")
        printed = cli("--select", rule, "design.yaml").stdout.partition("\ngo on with\n")[0]
        assert printed.strip() in pages()[f"rules/{rule}.md"].markdown
        assert ("\n  general " in printed) == (heading == "Bad")


def test_a_default_is_as_sure_as_the_evidence_for_it() -> None:
    """Not as what nobody has looked up."""
    timeout = "[`transport.path.idle_timeout`](../fields/transport.path.md#idle_timeout)"
    assert f"| {timeout} | `60s` | documented |" in pages()["platforms/aws-alb.md"].markdown


def test_a_scenario_is_shown_with_a_design_that_tells_of_it() -> None:
    """A design that lacks a number is no example; none of ours has a second region."""
    made = {
        scenario.name: pages()[f"scenarios/{scenario.name}.md"].markdown for scenario in simulate.scenarios()
    }
    assert {name for name, page in made.items() if "\n## An example\n" not in page} == {"region-loss"}
    assert not [name for name, page in made.items() if "cannot be simulated" in page]


def test_what_the_site_does_not_have_is_no_link() -> None:
    """A file of the repository is named, and nothing leads out of the site."""
    page = pages()["judgement.md"].markdown
    assert "`tests/corpus/` holds" in page
    assert "[sharp edges](sharp-edges.md)" in page
    assert "schemas/report.schema.json" in assets()


def test_the_curve_is_drawn_from_the_numbers() -> None:
    """3 of 15 are a fifth of 200, and one more that was asked about stands on top."""
    drawn = curve(f"{BATCHES}\n")
    bars = re.findall(r'<rect class="(\w+)" x="\d+" y="([\d.]+)" width="\d+" height="([\d.]+)"/>', drawn)
    assert bars == [("found", "172.0", "40.0"), ("asked", "158.7", "13.3")]
    assert "of 15 faults 3 found, 1 asked about; 2 wrong alarms" in drawn


def test_the_curve_has_every_batch() -> None:
    """As the page has it."""
    page = pages()["judgement.md"].markdown
    assert page.count("<g><title>Batch ") == len(re.findall(r"(?m)^batch \w+:", page)) > 20


# What reports say of it


def test_sarif_names_the_page_of_each_rule(team: Path) -> None:
    """Which is there."""
    (run,) = json.loads(cli("--format", "sarif", "chat.rtreview.yaml").stdout)["runs"]
    found = [rule["helpUri"] for rule in run["tool"]["driver"]["rules"]]
    assert ADDRESS in found
    assert {address.removeprefix(f"{SITE}/") for address in found} <= {
        page.address for page in pages().values()
    }


def test_links_of_a_terminal_lead_to_the_site(team: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of the file of the book."""
    monkeypatch.setattr("rtreview.text.output.takes_links", lambda: True)
    told = review("--color", "always")
    assert f";{ADDRESS}\x1b\\" in told
    assert "file://" not in told


def test_a_comment_links_what_it_cites(team: Path) -> None:
    """To the page that a reviewer opens."""
    assert f"rule [`{PROXY}`]({ADDRESS})" in review("--format", "markdown")


def test_json_has_the_address_of_what_is_cited(team: Path) -> None:
    """Also of a section that is asked for."""
    (only,) = json.loads(review("--format", "json"))["reviews"]
    assert only["findings"][0]["cites"]["validation"]["address"] == ADDRESS
    (section,) = as_json("sections", "explain", PROXY)["sections"]
    assert section["address"] == ADDRESS


@pytest.mark.slow
def test_the_page_of_a_report_links_what_it_cites(team: Path) -> None:
    """Below the text that it has itself."""
    assert f'<a href="{ADDRESS}">{ADDRESS}</a>' in review("--format", "html")


def test_explain_ends_with_the_address(team: Path) -> None:
    """So that somebody can pass it on."""
    assert cli("explain", PROXY).stdout.endswith(f"({ADDRESS})\n")


def test_without_a_site_nothing_is_linked(team: Path) -> None:
    """A report says nothing of a place that is not there."""
    (team / ".rtreview.toml").unlink()
    assert "helpUri" not in review("--format", "sarif")
    assert "](" not in review("--format", "markdown")
    (only,) = json.loads(review("--format", "json"))["reviews"]
    assert only["findings"][0]["cites"]["validation"]["address"] == ""


def test_a_section_of_a_team_has_no_page(team: Path) -> None:
    """The site is made of ours."""
    references = ROOT / "examples" / "team-references"
    own = [
        section
        for section in as_json("sections", "rules", "--references", references)["sections"]
        if not section["file"].startswith("references/")
    ]
    assert own
    assert {section["address"] for section in own} == {""}


def test_a_file_of_this_machine_is_no_link_in_a_comment(team: Path) -> None:
    """Nobody else can open it; SARIF has it for an editor."""
    (team / ".rtreview.toml").write_text('docs-url = "file:///srv/site"\n', "utf-8")
    assert "file:" not in review("--format", "markdown")
    assert f"file:///srv/site/rules/{PROXY}.html" in review("--format", "sarif")


def test_several_processes_write_the_same_address(team: Path) -> None:
    """The reviews of many designs come from others."""
    for number in range(3):
        (team / f"{number}.rtreview.yaml").write_bytes(FLAWED.read_bytes())
    told = [cli("--select", PROXY, "--format", "json", "--jobs", jobs, ".").stdout for jobs in (1, 2)]
    assert told[0] == told[1]
    assert told[0].count(f'"{ADDRESS}"') == 4


@pytest.mark.slow
def test_a_change_is_reviewed_with_the_address_of_its_base(repository: Repository) -> None:
    """A pull request sends nobody to another site, and that it would is told."""
    repository.write(".rtreview.toml", f'docs-url = "{SITE}"\n')
    repository.write("chat.rtreview.yaml", SOUND.read_bytes())
    repository.commit()
    repository.git("checkout", "--quiet", "-b", "change")
    repository.write(".rtreview.toml", 'docs-url = "https://evil.example.net"\n')
    repository.write("chat.rtreview.yaml", FLAWED.read_bytes())
    repository.commit()
    for form in ("sarif", "markdown", "json", "html"):
        told = review("--base", "main", "--format", form)
        assert ADDRESS in told
        assert "evil.example.net/" not in told
    assert "This change leads the links of reports to `https://evil.example.net`." in " ".join(
        cli("--base", "main", ".").stdout.split()
    )


def test_a_configuration_below_leads_no_links_elsewhere(team: Path) -> None:
    """It may be stricter, and a report of the whole has one site."""
    (team / "inner").mkdir()
    (team / "inner" / ".rtreview.toml").write_text('docs-url = "https://inner.example.org"\n', "utf-8")
    (team / "inner" / "chat.rtreview.yaml").write_bytes(FLAWED.read_bytes())
    done = cli("--select", PROXY, ".")
    assert done.exit_code == 3
    said = " ".join(done.stdout.split())
    assert (
        "This configuration leads the links of reports to `https://inner.example.org`. It may be stricter"
        in said
    )


@pytest.mark.parametrize(
    "written",
    [
        '"javascript:alert(1)"',
        '"docs.example.org"',
        '"ftp://docs.example.org"',
        '"https://"',
        '"https://docs.example.org/?q="',
        '"https://docs.example.org/#a"',
        '"https://docs.example.org/a b"',
        '"https://docs.example.org/\\u001b]8;;"',
        '"https://docs.example.org/a)b"',
        '"https://docs.example.org/\\"onclick="',
        '"https://somebody:secret@docs.example.org"',
        '"https://docs.example.org/\\u202e"',
        '"https://docs.example.org/\\u212a"',
        '"https://docs.example.org:\\u0661"',
        '"file://server/share"',
        f'"https://docs.example.org/{"a" * 300}"',
        "true",
        "[]",
    ],
)
def test_what_is_no_address_is_a_mistake_at_its_line(written: str, team: Path) -> None:
    """Nothing of it comes into a report."""
    (team / ".rtreview.toml").write_text(f"fail-on = 'never'\ndocs-url = {written}\n", "utf-8")
    done = cli("--color", "never", "chat.rtreview.yaml")
    assert done.exit_code == 3
    assert ".rtreview.toml:2:" in done.stdout
    assert (
        "`docs-url`: expected an address such as `https://docs.example.org/rtreview`"
        in done.stdout.replace("\n  ", " ")
    )
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize(
    "site", ["http://localhost:8000", "https://a-b.example.org/x/~y/", "file:///C:/site"]
)
def test_an_address_of_the_web_or_of_a_file_is_taken(site: str, team: Path) -> None:
    """With or without a slash at its end."""
    (team / ".rtreview.toml").write_text(f'docs-url = "{site}"\n', "utf-8")
    assert f"({site.rstrip('/')}/rules/{PROXY}.html)" in cli("explain", PROXY).stdout


# The site itself


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as `make docs` builds it: no page and no place in one is linked that is not there."""
    folder = tmp_path_factory.mktemp("build")
    assert publish.build(folder) == 0
    return folder / "site"


@pytest.mark.slow
def test_the_site_asks_no_network_for_anything(site: Path) -> None:
    """Fonts, scripts, style and pictures are its own; a link may lead out of it."""
    loads = re.compile(
        r'<(?:script|img|iframe|source|embed|object|link)\b[^>]*?\b(?:src|href|data)="([^"]*)"'
    )
    for file in site.rglob("*.html"):
        outside = [url for url in loads.findall(file.read_text("utf-8")) if urlsplit(url).netloc]
        assert outside == [], file.name
    for file in site.rglob("*.css"):
        assert not re.findall(r"@import|url\([\"']?(?:https?:)?//", file.read_text("utf-8")), file.name


@pytest.mark.slow
def test_every_page_stands_there_for_people_and_for_agents(site: Path) -> None:
    """As HTML and as Markdown beside it; the HTML names the Markdown."""
    for page in pages().values():
        assert (site / page.address).is_file(), page.address
        assert (site / page.path).read_text("utf-8") == page.markdown
    rule = (site / "rules" / f"{PROXY}.html").read_text("utf-8")
    assert f'<link rel="alternate" type="text/markdown" href="./{PROXY}.md">' in rule
    assert (site / "llms.txt").read_text("utf-8") == llms()


@pytest.mark.slow
def test_a_page_says_what_it_is_about_to_whoever_links_it(site: Path) -> None:
    """Its sentence is its description, and no other page has that title."""
    rule = (site / "rules" / f"{PROXY}.html").read_text("utf-8")
    sentence = "A proxy closes a connection over which nothing has passed for its idle timeout."
    assert f'<meta name="description" content="{sentence}">' in rule
    assert f'<meta property="og:description" content="{sentence}">' in rule
    assert '<meta property="og:title" content="The path closes before the heartbeat comes">' in rule
    quoting = next(page for page in pages().values() if '"' in page.summary)
    assert escape(quoting.summary) in (site / quoting.address).read_text("utf-8")


@pytest.mark.slow
def test_the_menu_shows_where_a_page_stands(site: Path) -> None:
    """Also of those that are not in it."""
    for name, shelf in ((f"rules/{PROXY}", "rules"), ("fields/transport.path", "fields")):
        marked = f'<a aria-current="true" href="../{shelf}.html" class="md-nav__link md-nav__link--active"'
        assert (site / f"{name}.html").read_text("utf-8").count(marked) == 1


@pytest.mark.slow
def test_the_page_on_which_fields_are_moved_is_in_the_menu_and_leads_back(site: Path) -> None:
    """To where they are moved, and not to its top."""
    moved = "examples/team-chat-flawed.review.html"
    assert f'<a href="./{moved}#restart" class="md-nav__link">' in (site / "index.html").read_text("utf-8")
    assert f"[Try it]({Path(moved).name}#restart)" in pages()["examples/team-chat-flawed.md"].markdown
    page = (site / moved).read_text("utf-8")
    assert 'id="restart"' in page
    assert '<a href="../index.html">rtreview</a>' in page


@pytest.mark.slow
def test_a_page_that_is_not_there_needs_no_other_file(site: Path) -> None:
    """It is shown at any depth, and below any address; an empty map of the site is none."""
    page = (site / "404.html").read_text("utf-8")
    assert not re.findall(r'(?:src|href)="(?!\./index\.html)[^"]+"', page)
    assert not (site / "sitemap.xml").exists()


def test_the_way_back_from_a_page_that_is_not_there_is_the_start(
    site: Path, chromium: browser.Browser
) -> None:
    """Wherever the site is, at whatever depth the page was."""
    with browser.opened(chromium) as tab:
        tab.page.route(f"{SITE}/**", lambda route: route.fulfill(path=site / "404.html", status=404))
        for path in ("nowhere.html", "rules/nowhere.html", "rules/no/where.html"):
            tab.page.goto(f"{SITE}/{path}")
            assert tab.page.locator("#start").evaluate("link => link.href") == f"{SITE}/index.html"


@pytest.mark.slow
def test_no_path_of_this_machine_is_on_the_site(site: Path) -> None:
    """It says the same wherever it is built."""
    for file in (file for file in site.rglob("*") if file.suffix in (".html", ".md", ".js", ".json", ".txt")):
        assert str(ROOT) not in file.read_text("utf-8"), file.name


@pytest.mark.slow
@pytest.mark.parametrize("target", ["nowhere.md", "index.md#nowhere"])
def test_a_link_that_leads_nowhere_fails_the_build(
    target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The place of the link is told."""
    start = Page("index.md", "Start", "It begins.", lambda: f"Go [on]({target}).")
    monkeypatch.setattr(publish, "pages", lambda: {start.path: start})
    monkeypatch.setattr(publish, "examples", tuple)
    assert publish.build(tmp_path) == 1
    assert "index.md:7:" in capsys.readouterr().err


@pytest.mark.parametrize(
    "name",
    ["index", f"rules/{PROXY}", "fields/transport.path", "platforms/aws-alb", "commands/review", "judgement"],
)
@pytest.mark.parametrize("options", [{"width": 1280}, {"width": 390}, {"width": 1280, "scheme": "dark"}])
def test_nothing_keeps_people_out_of_a_page(
    name: str, options: dict[str, object], site: Path, chromium: browser.Browser
) -> None:
    """At a desk, on a phone and in the dark; nothing is wider than the screen, and no network is asked."""
    viewport = {"width": options["width"], "height": 900}
    with browser.opened(chromium, viewport=viewport, color_scheme=options.get("scheme")) as tab:
        tab.page.goto((site / f"{name}.html").as_uri())
        assert tab.barriers() == []
        assert not tab.page.evaluate("document.documentElement.scrollWidth > innerWidth")
        tab.keep(f"site-{name.replace('/', '-')}-{options['width']}-{options.get('scheme', 'light')}")
        assert tab.requests == []


@pytest.mark.parametrize(
    "name", [f"rules/{PROXY}", "scenarios/restart", "examples/team-chat-flawed", "index"]
)
def test_a_phone_shows_whole_lines_of_what_a_terminal_shows(
    name: str, site: Path, chromium: browser.Browser
) -> None:
    """Laid out as in a narrow terminal; a wide window shows the usual 80 columns."""
    wide, narrow = ".screen.wide code", ".screen.narrow code"
    for width, shown, hidden in ((390, narrow, wide), (1280, wide, narrow)):
        with browser.opened(chromium, viewport={"width": width, "height": 844}) as tab:
            tab.page.goto((site / f"{name}.html").as_uri())
            assert tab.page.locator(shown).count() == tab.page.locator(f"{shown}:visible").count() > 0
            assert tab.page.locator(f"{hidden}:visible").count() == 0
            widths = tab.page.locator(shown).evaluate_all(
                "blocks => blocks.map(block => [block.scrollWidth, block.clientWidth])"
            )
            assert all(needed <= there for needed, there in widths)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_rule_takes_three_sheets_of_paper(scheme: str, site: Path, chromium: browser.Browser) -> None:
    """In colours that are read on white; the designs of its tests stay on the screen."""
    with browser.opened(chromium, color_scheme=scheme) as tab:
        tab.page.goto((site / f"rules/{PROXY}.html").as_uri())
        printed = tab.page.pdf(format="A4")
        assert len(re.findall(rb"/Type */Page\b(?!s)", printed)) <= 3
        tab.page.emulate_media(media="print")
        assert tab.page.locator(".screen.wide .red").first.evaluate(
            "word => getComputedStyle(word).color"
        ) == ("rgb(179, 38, 30)")
        assert not tab.page.locator("details.screen-only").is_visible()


def test_the_menu_of_a_phone_is_open_at_every_page(site: Path, chromium: browser.Browser) -> None:
    """One tap shows all of it, and where the page stands."""
    with browser.opened(chromium, viewport={"width": 390, "height": 844}) as tab:
        tab.page.goto((site / f"rules/{PROXY}.html").as_uri())
        tab.page.locator("label.md-header__button[for=__drawer]").click()
        entries = tab.page.locator(".md-nav--primary a.md-nav__link")
        assert entries.count() == entries.locator("visible=true").count() > 20
        assert tab.page.locator(".md-nav--primary [aria-current=true]").inner_text().strip() == "The rules"


@pytest.mark.parametrize(
    ("words", "address"),
    [
        ("proxy closes heartbeat", f"rules/{PROXY}.html"),
        (PROXY, f"rules/{PROXY}.html"),
        ("alb idle timeout", "platforms/aws-alb.html"),
        ("aws-alb default", "platforms/aws-alb.html"),
        ("what does ALB do by default", "platforms/aws-alb.html"),
        ("field for the proxy's idle timeout", "fields/transport.path.html#idle_timeout"),
        ("fail-on", "commands/review.html#fail-on"),
    ],
)
def test_search_finds_what_people_ask_for(words: str, address: str, site: Path, tab: browser.Tab) -> None:
    """Among the first three, in a page that was opened as a file, without a network."""
    tab.page.goto((site / "index.html").as_uri())
    tab.page.keyboard.press("Control+k")
    tab.page.keyboard.insert_text(words)  # at once: no hit is one of its first letters
    hits = tab.page.locator("li a[href*='?h=']")
    hits.first.wait_for()
    found = [re.sub(r"\?h=[^#]*", "", hit.get_attribute("href") or "") for hit in hits.all()[:3]]
    assert address in [hit.partition("/site/")[2] for hit in found]


def test_the_index_is_fetched_when_somebody_searches(site: Path, chromium: browser.Browser) -> None:
    """And with no page before."""
    with browser.opened(chromium) as tab:
        tab.page.route(
            f"{SITE}/**", lambda route: route.fulfill(path=site / route.request.url.removeprefix(f"{SITE}/"))
        )
        tab.page.goto(f"{SITE}/index.html", wait_until="networkidle")
        assert f"{SITE}/search.json" not in tab.requests
        with tab.page.expect_response(f"{SITE}/search.json"):
            tab.page.keyboard.press("Control+k")
