"""`rtreview config`."""

from rtreview.commands import call
from rtreview.commands.ending import say
from rtreview.commands.options import Base, Config, NoConfig, Paths, application, examples

app = application()


@app.command(
    help="Print the settings in force, and where each comes from.",
    epilog=examples(
        ("rtreview config docs/designs/", "for designs elsewhere"),
        ("rtreview config --base main", "by which a change of main is reviewed"),
    ),
)
def config(paths: Paths = None, base: Base = "", config: Config = None, no_config: NoConfig = False) -> None:
    file = call.chosen(config, no_config=no_config)
    configured = (
        call.configuration_of(base, paths, file=file) if base else call.configuration(paths, file=file)
    )
    rows = list(configured.listed())
    name, value = max(len(row.name) for row in rows), max(len(row.value) for row in rows)
    say(f"root  {configured.root}", "")
    say(*(f"{row.name:<{name}}  {row.value:<{value}}  {row.origin}" for row in rows))
