/* What the page does when somebody touches it. Without it everything can be read and printed.

   A plot is drawn in Python; here only its path, its guides' words and its lines are set again, with the same
   tidy axes as in `rtreview/render/plot.py`, when a slider moves. */
(() => {
  "use strict";

  const GUIDES = 4, COLUMNS = 140, NEAR = 3, EXACT = 1.01, SECOND = 1, FADE = 0.3;
  const CLOCK = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"], [0.001, "ms"]];
  const TIDY = [1, 1.5, 2, 2.5, 3, 5, 10];
  const WHOLE = { s: [1, 60, 3600, 86400], B: [0, 1, 2, 3, 4].map((power) => 1024 ** power) };

  /** A number beside a slider. */
  const words = (value, unit) => (value === 0 ? "0" : models.inUnit(value, unit));
  /** A number on an axis that ends there; times are all in the unit of the step between two of them. */
  const onAxis = (value, end, unit) => {
    if (value === 0 || unit !== "s") return words(value, unit);
    const [size, name] = CLOCK.find(([size]) => size <= end / GUIDES) ?? CLOCK.at(-1);
    return `${models.inUnit(value / size)} ${name}`;
  };

  // Where words stand in a plot, as in `rtreview/render/room.py` and `plot.py`.

  const WIDE = 8.8, NARROW = 6.6, RISE = 14, FALL = 4, ROW = 18, ABOVE = 5, BELOW = 15, BESIDE = 4, STEPS_ALONG = 16;

  const isCrossed = ({ left, right, top, bottom }, way) => way.some(([to, level], at) => {
    const [x, y] = way[at - 1] ?? way[at];
    if (to < left || x > right) return false;
    const steep = to > x ? (level - y) / (to - x) : 0;
    const ends = [y + steep * (Math.max(x, left) - x), level - steep * (to - Math.min(to, right))];
    return Math.min(...ends) <= bottom && Math.max(...ends) >= top;
  });
  const meet = (one, other) =>
    one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;

  /** Gives each word the first of some spots that is free, among what is drawn and the words before it. */
  const placing = (ways) => {
    const words = [];
    const cover = (word, { x, y, turned }, letter) => {
      const left = turned ? x - letter * word.length : x;
      return { left, right: left + letter * word.length, top: y - RISE, bottom: y + FALL };
    };
    return (word, spots) => {
      const free = (letter) => spots.find((spot) => {
        const box = cover(word, spot, letter);
        return !ways.some((way) => isCrossed(box, way))
          && !words.some((other) => meet(box, other) || isCrossed(other, spot.line ?? []));
      });
      const found = free(WIDE) ?? free(NARROW) ?? spots[0];
      words.push(cover(word, found, WIDE));
      ways.push(found.line ?? []);
      return found;
    };
  };

  /** Above the plot, beside the line of a moment, which leads up to it unless another word is in the way. */
  const spotsAbove = (word, x, [right, ceiling], rows) => [true, false].flatMap((leads) =>
    Array.from({ length: rows }, (_, row) => ceiling - ABOVE - ROW * row).flatMap((y) => {
      const width = WIDE * word.length + BESIDE, line = leads ? [[x, y - RISE], [x, ceiling]] : [];
      return [
        ...(x + width <= right || x < width ? [{ x: x + BESIDE, y, turned: false, line }] : []),
        ...(x >= width ? [{ x: x - BESIDE, y, turned: true, line }] : []),
      ];
    }));

  /** Above or below a line across the plot, as far to the right as can be; at last above the plot. */
  const spotsAlong = (word, height, [left, right, bottom, ceiling]) => {
    const least = Math.min(right, left + NARROW * word.length);
    const steps = Array.from({ length: STEPS_ALONG + 1 }, (_, step) => right - ((right - least) * step) / STEPS_ALONG);
    const below = height + BELOW + FALL < bottom ? [height + BELOW] : [];
    return [
      ...steps.flatMap((x) => [height - ABOVE, ...below].map((y) => ({ x, y, turned: true }))),
      ...[0, 1, 2, 3].map((row) => ({ x: right, y: ceiling - ABOVE - ROW * row, turned: true })),
    ];
  };

  // Plots.

  const tidy = (most, unit) => {
    if (!(most > 0) || !Number.isFinite(most)) return 1;
    const step = most / GUIDES;
    const whole = Math.max(...(WHOLE[unit] ?? [1]).filter((size) => size <= step), 0) || 1;
    const power = 10 ** Math.floor(Math.log10(step / whole));
    return GUIDES * whole * power * TIDY.find((factor) => factor * power * whole >= step * (1 - 1e-9));
  };

  /** What a rate in steps comes to in the busiest second of each of so many parts, as in `rtreview/render/chart.py`. */
  const columns = (points, until) => {
    const ends = [0], totals = [0];
    for (const [end, rate] of points) {
      totals.push(totals.at(-1) + rate * (end - ends.at(-1)));
      ends.push(end);
    }
    /** What it has come to by a moment; of moments that only grow. */
    const reader = () => {
      let at = 0;
      return (moment) => {
        while (at + 1 < ends.length && ends[at + 1] <= moment) at += 1;
        return at + 1 < ends.length ? totals[at] + points[at][1] * (moment - ends[at]) : totals[at];
      };
    };
    const width = until / COLUMNS, busiest = new Array(COLUMNS).fill(0), early = reader(), late = reader();
    const middles = [...busiest.keys()].map((column) => (column + 0.5) * width);
    // Where neither end of a second passes the end of a step, what it holds changes along a straight line.
    for (const end of ends) middles.push(end - SECOND / 2, end + SECOND / 2);
    for (const middle of middles.filter((moment) => moment >= 0 && moment < until).sort((one, other) => one - other)) {
      const begin = Math.max(0, middle - SECOND / 2), column = Math.min(COLUMNS - 1, Math.floor(middle / width));
      busiest[column] = Math.max(busiest[column], (late(begin + SECOND) - early(begin)) / SECOND);
    }
    return busiest;
  };

  /** The points to draw; a share goes on as it ended. */
  const drawn = (curve, until) => {
    const [end, last] = curve.points.at(-1);
    if (!curve.isMean) return curve.unit === "%" ? [...curve.points, [until, last]] : curve.points;
    const busiest = columns(curve.points, end), width = end / COLUMNS;
    return [[0, busiest[0]], ...busiest.map((rate, at) => [(at + 0.5) * width, rate]), [end, busiest.at(-1)]];
  };

  const tenth = (number) => Number(number.toFixed(1));
  const svg = (name, attributes, text = "") => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.textContent = text;
    return node;
  };

  /** Draw a curve into a plot that Python has drawn, beside the design as it stands, on axes that hold both. */
  const redraw = (plot, curve) => {
    const { alongUnit } = plot.dataset, end = curve.points.at(-1)[0];
    const highest = drawn(curve, end).reduce((most, [, value]) => Math.max(most, value), 0) / (curve.isMean ? EXACT : 1);
    const near = curve.levels.map(([, value]) => value).filter((value) => value <= NEAR * highest);
    // The axes stay as they are as long as they hold the curve, so that it can be compared.
    const [shownUntil, shownTop] = plot.dataset.frame.split(" ").map(Number);
    const until = Math.max(shownUntil, tidy(end, alongUnit));
    const top = Math.max(shownTop, tidy(Math.max(highest, ...near), curve.unit));
    const [left, right, bottom, ceiling] = plot.dataset.scale.split(" ").map(Number);
    const x = (along) => tenth(left + ((right - left) * Math.min(along, until)) / until);
    const y = (value) => tenth(bottom + ((ceiling - bottom) * Math.min(value, EXACT * top)) / top);
    const mark = (axis, most, unit) =>
      plot.querySelectorAll(`.axis.${axis} text`).forEach((word, at) => {
        word.textContent = onAxis((most * at) / GUIDES, most, unit);
      });
    mark("x", until, alongUnit);
    mark("y", top, curve.unit);
    const area = plot.querySelector(".plot"), now = area.querySelector(".series.now");
    const [along, up] = [shownUntil / until, shownTop / top];
    now?.setAttribute("transform", `matrix(${along} 0 0 ${up} ${left * (1 - along)} ${bottom * (1 - up)})`);
    const way = drawn(curve, until).map(([moment, value]) => [x(moment), y(value)]), group = svg("g", { class: "series after" });
    group.append(svg("path", { class: "curve", d: `M${way.join(" ").replaceAll(",", " ")}` }));
    area.querySelectorAll(".series.after, .level:not(.now), .moment, .never").forEach((part) => part.remove());
    area.append(group);
    const line = (name, label) => {
      const mark = svg("g", { class: name });
      mark.append(svg("path", {}), svg("text", {}, label));
      area.append(mark);
      return mark;
    };
    const set = (mark, [from, to], { x, y }) => {
      mark.querySelector("path").setAttribute("d", `M${from.join(" ")} L${to.join(" ")}`);
      mark.querySelector("text").setAttribute("x", x);
      mark.querySelector("text").setAttribute("y", y);
      upmost = Math.min(upmost, y);
    };
    for (const [label, value] of curve.levels.filter(([, level]) => level <= top)) {
      line("level", `${label} ${words(value, curve.unit)}`).dataset.value = value;
    }
    const levels = [...area.querySelectorAll(".level")].sort((one, other) => other.dataset.value - one.dataset.value)
      .map((mark) => ({ mark, label: mark.textContent, ends: [[left, y(mark.dataset.value)], [right, y(mark.dataset.value)]] }));
    const moments = curve.moments.map(([label, moment]) => ({ label, at: x(moment) }));
    const before = now?.querySelector("path").getAttribute("d").match(/[\d.-]+/g).map(Number) ?? [];
    const place = placing([
      way, ...levels.map(({ ends }) => ends), ...moments.map(({ at }) => [[at, ceiling], [at, bottom]]),
      before.flatMap((across, at) => (at % 2 ? [] : [[left + (across - left) * along, bottom + (before[at + 1] - bottom) * up]])),
    ]);
    let upmost = ceiling - ABOVE;
    for (const { label, at } of moments.reverse()) {
      const spot = place(label, spotsAbove(label, at, [right, ceiling], moments.length));
      set(line(`moment${spot.turned ? " turned" : ""}`, label), [[at, bottom], spot.line[0] ?? [at, ceiling]], spot);
    }
    for (const { mark, label, ends } of levels) {
      area.append(mark);
      set(mark, ends, place(label, spotsAlong(label, ends[0][1], [left, right, bottom, ceiling])));
    }
    if (curve.never) {
      const fade = svg("g", { class: "never" }), far = curve.unit === "%" ? right : x(end), span = FADE * (right - left);
      const spots = [0.5, 0.25, 0.75].map((part) => ({ x: far, y: bottom + (ceiling - bottom) * part, turned: true }));
      fade.append(svg("rect", { x: far - span, y: ceiling, width: span, height: bottom - ceiling }),
        svg("text", { x: far, y: place(curve.never, spots).y }, curve.never));
      area.append(fade);
      // What fades out is the curve, not what it is compared with.
      if (now) area.append(now);
    }
    // Longer numbers and more words take their room from the plot, not from what stands beside it.
    const shown = plot.viewBox.baseVal, beyond = tenth(Math.min(0, plot.querySelector(".axis.y").getBBox().x));
    const above = Math.min(shown.y, upmost - ceiling + ABOVE);
    plot.setAttribute("viewBox", [beyond, above, shown.width - beyond + shown.x, shown.height - above + shown.y].map(tenth).join(" "));
  };

  // What if: each slider stands for a field of the spec, so that curves, rules and numbers follow the same change.

  const SAYS = ["violated", "passed", "undecided"], SEVERITIES = ["error", "warning", "info"];
  const STEPS = 200;
  /** How long the sliders have to rest until the address holds what they say: a browser counts its changes. */
  const REST = 250;
  /** How far a simulated rate may lie above its limit and still keep it, as in `rtreview/render/page/tiles.py`. */
  const SAMPLED = 1.02;
  const SIZES = { k: 1e3, M: 1e6, ms: 1e-3, s: 1, min: 60, h: 3600, d: 86400, "/s": 1, "/min": 1 / 60, "/h": 1 / 3600, "%": 0.01,
    B: 1, kB: 1e3, MB: 1e6, GB: 1e9, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

  const element = (name, properties = {}, ...children) => {
    const node = Object.assign(document.createElement(name), properties);
    node.append(...children);
    return node;
  };

  /** The number that somebody types, in base units; null where it is none. */
  const typed = (text) => {
    const found = /^([\d.,]+) ?([a-zA-Z/%]*)$/.exec(text.trim());
    const number = found && Number(found[1].replaceAll(",", "")) * (found[2] ? SIZES[found[2]] : 1);
    return number > 0 && Number.isFinite(number) ? number : null;
  };

  /** A choice between words; what the design says is one of them. */
  const choice = ({ name, choices }, now, begin, moved) => {
    const label = (value) => (Array.isArray(value) ? value.map((end) => words(end, "s")).join(" to ")
      : typeof value === "number" ? words(value, "%") : value);
    const all = now === null || choices.includes(now) ? choices : [now, ...choices];
    const select = element("select", {}, ...all.map((value, at) => new Option(label(value), at)));
    select.value = Math.max(0, all.indexOf(begin));
    select.addEventListener("input", () => moved(all[select.value]));
    return element("label", { className: "slider" }, name, select);
  };

  /** A slider on a logarithmic scale, and the number to type; a random span is moved at its far end. */
  const slider = ({ name, unit, least, most, isSpan }, now, begin, moved) => {
    const problem = element("p", { className: "problem", role: "alert" });
    const nearest = Array.isArray(now) ? now[0] : 0, amountOf = (value) => (Array.isArray(value) ? value[1] : value);
    const amount = amountOf(now), isKnown = typeof amount === "number" && amount > 0;
    // Where the design itself lies beyond a slider, the slider reaches further, so that it shows that value.
    const from = isKnown ? Math.min(least ?? amount / 50, amount) : least;
    const to = isKnown ? Math.max(most ?? amount * 50, amount) : most, scale = Math.log(to / from) / STEPS;
    const input = element("input", { type: "range", min: 0, max: STEPS, step: 1, ariaLabel: name });
    const field = element("input", { type: "text", autocomplete: "off", spellcheck: false });
    const show = (value) => {
      const isNumber = typeof value === "number" && value > 0;
      field.value = isNumber ? words(value, unit) : "none";
      field.removeAttribute("aria-invalid");
      problem.textContent = "";
      input.value = isNumber ? Math.round(Math.log(value / from) / scale) : 0;
      input.setAttribute("aria-valuetext", field.value);
    };
    const tell = (value) => moved(isSpan ? [Math.min(nearest, value), value] : value);
    show(amountOf(begin));
    input.addEventListener("input", () => {
      const at = Number(input.value), isNow = isKnown && at === Math.round(Math.log(amount / from) / scale);
      const value = isNow ? amount : Number((from * Math.exp(scale * at)).toPrecision(2));
      show(value);
      input.value = at;
      if (isNow) moved(now);
      else tell(value);
    });
    field.addEventListener("change", () => {
      const value = typed(field.value);
      if (value === null) {
        field.setAttribute("aria-invalid", "true");
        problem.textContent = `Expected a number above 0, such as ${words(isKnown ? amount : from, unit)}.`;
        return;
      }
      show(value);
      tell(value);
    });
    return element("div", { className: "slider" }, element("label", { className: "field" }, name, field), problem, input);
  };

  /** What is changed in each scene, by field; the address holds it, so that it can be sent on. */
  const supposed = new Map();
  const asText = (value) => (Array.isArray(value) ? value.join("..") : String(value));
  const asValue = (text) => {
    if (text.includes("..")) return text.split("..").map(Number);
    return text !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
  };
  const addressed = (() => {
    const changes = {};
    for (const pair of decodeURIComponent(location.hash.slice(1)).split("?")[1]?.split("&") ?? []) {
      const [, scene, field, value] = /^([^/]+)\/([^=]+)=(.*)$/.exec(pair) ?? [];
      if (scene) (changes[scene] ??= {})[field] = asValue(value);
    }
    return changes;
  })();
  let resting;
  const address = (place) => {
    clearTimeout(resting);
    resting = setTimeout(() => {
      const pairs = [...supposed].flatMap(([scene, changes]) =>
        Object.entries(changes).map(([field, value]) => `${scene}/${field}=${asText(value)}`));
      history.replaceState(null, "", `#${place}${pairs.length ? `?${pairs.join("&")}` : ""}`);
    }, REST);
  };

  /** Sliders beside the plots of a scene that has a kernel: they begin with the design as it stands. */
  const offer = (exhibit) => {
    const { kernel } = exhibit.dataset, panel = exhibit.querySelector(".what-if");
    const { sliders, values, parameters, proposed, verdicts: rules } = JSON.parse(panel.querySelector("script").textContent);
    if (!sliders.length) return;
    const scene = exhibit.closest(".scenario"), design = exhibit.closest(".design");
    const figures = [...exhibit.querySelectorAll("[data-curve]")].map((figure) => ({
      name: figure.dataset.curve, figure, plot: figure.querySelector("svg").cloneNode(true),
    }));
    const keys = exhibit.querySelector(".keys"), says = [...keys.cloneNode(true).childNodes];
    const table = exhibit.querySelector(".figures");
    table.tHead.rows[0].append(element("th", { scope: "col", className: "now", textContent: "what if" }));
    const cells = new Map([...table.tBodies[0].rows].map((row) => {
      const cell = element("td", { className: "now" });
      row.append(cell);
      return [row.cells[0].textContent, cell];
    }));
    const tiles = [...design.querySelectorAll("[data-figure]")].filter((tile) => tile.dataset.scene === scene.id)
      .map((tile) => ({ tile, state: tile.className, said: tile.querySelector("dd").cloneNode(true) }));
    const decisions = rules.map(([rule]) => [...design.querySelectorAll(`[data-rule="${rule}"]`)]);
    const severities = rules.map(([, , severity], at) =>
      SEVERITIES.find((name) => decisions[at][0]?.classList.contains(name)) ?? severity);
    const inputs = element("div", { className: "sliders" }), verdicts = element("ul", { className: "verdicts" });
    const reset = element("button", { type: "button", textContent: "As it stands" });
    const propose = element("button", { type: "button", textContent: "As proposed" });
    const allowed = new Set(sliders.map(({ field }) => field));
    let changes;

    /** The numbers at the top that this scene tells; beyond its limit one has the colour of what is violated. */
    const retell = (course, gravest) => {
      for (const { tile, state, said } of tiles) {
        tile.className = state;
        tile.querySelector("dd").replaceWith(said.cloneNode(true));
        if (!course) continue;
        const { value, unit } = course.figures.find(({ name }) => name === tile.dataset.figure) ?? {};
        if (value === undefined) continue;
        tile.querySelector(".value").textContent = models.inUnit(value, unit);
        tile.querySelector(".value").classList.add("supposed-value");
        const level = course.curves.flatMap(({ levels }) => levels).find(([label]) => label === tile.dataset.level);
        if (!level) continue;
        tile.querySelector(".limit")?.replaceChildren(`${models.inUnit(level[1], unit)} are ${level[0]}`);
        tile.className = value <= level[1] * SAMPLED ? "good" : gravest;
      }
    };

    /** What is violated comes first, the gravest of it at the top; then what passes. */
    const rank = ({ verdict, severity }) => SAYS.indexOf(verdict) * SEVERITIES.length + SEVERITIES.indexOf(severity);

    /** Figures and verdicts with what is changed; gives the course, or nothing where it can be told no more. */
    const tell = (isChanged) => {
      const now = { ...values, ...changes }, moved = models.decide(parameters, now);
      const course = moved && models.course(kernel, moved);
      cells.forEach((cell) => cell.replaceChildren());
      for (const { name, value, unit } of course?.figures ?? []) cells.get(name)?.replaceChildren(models.inUnit(value, unit));
      const outcomes = rules.map(([rule, tree], at) => ({ rule, verdict: models.decide(tree, now), severity: severities[at] }));
      const told = outcomes.filter(({ verdict }) => SAYS.includes(verdict)).sort((one, other) => rank(one) - rank(other));
      verdicts.replaceChildren(...told.map(({ rule, verdict, severity }) => {
        const named = document.getElementById(`ref-${rule}`) ? element("a", { href: `#ref-${rule}`, textContent: rule }) : rule;
        return element("li", { className: `${verdict} ${severity}` }, named, `: ${verdict}`);
      }));
      outcomes.forEach(({ verdict }, at) => decisions[at].forEach((decision) => {
        if (isChanged && SAYS.includes(verdict)) decision.dataset.whatIf = `what if: ${verdict}`;
        else delete decision.dataset.whatIf;
      }));
      const violated = outcomes.filter(({ verdict }) => verdict === "violated").map(({ severity }) => severity);
      retell(isChanged ? course : null, SEVERITIES.find((name) => violated.includes(name)) ?? "");
      return course;
    };

    const draw = () => {
      const isChanged = Object.keys(changes).length > 0, course = tell(isChanged);
      reset.disabled = !isChanged;
      supposed.set(scene.id, { ...changes });
      announce(design);
      for (const { name, figure, plot } of figures) {
        const curve = course?.curves.find((candidate) => candidate.name === name);
        if (!isChanged) figure.querySelector("svg").replaceWith(plot.cloneNode(true));
        else if (curve) redraw(figure.querySelector("svg"), curve);
      }
      if (!isChanged) {
        keys.replaceChildren(...says.map((key) => key.cloneNode(true)));
      } else {
        const what = course ? "with what the sliders say" : "with what the sliders say it cannot be told";
        keys.querySelector(".key.after")?.remove();
        keys.append(element("span", { className: "key after", textContent: what }));
      }
    };
    /** What is changed by hand stands in the address. */
    const change = () => {
      draw();
      address(scene.id);
    };
    let isWaiting = false;
    const moved = (field, value, now) => {
      changes[field] = value;
      // What the design says already is no change of it.
      if (JSON.stringify(value) === JSON.stringify(now)) delete changes[field];
      if (isWaiting) return;
      isWaiting = true;
      requestAnimationFrame(() => {
        isWaiting = false;
        change();
      });
    };
    const start = (begin) => {
      changes = Object.fromEntries(Object.entries(begin).filter(([field]) => allowed.has(field)));
      inputs.replaceChildren(...sliders.map((control) => {
        const { field, now, choices } = control;
        return (choices.length ? choice : slider)(control, now, changes[field] ?? now, (value) => moved(field, value, now));
      }));
    };
    reset.addEventListener("click", () => {
      start({});
      change();
    });
    scene.addEventListener("reset", () => reset.click());
    propose.addEventListener("click", () => {
      start(proposed);
      change();
    });
    panel.append(element("h4", { textContent: "What if" }), inputs, verdicts, reset);
    if (Object.keys(proposed).length) panel.append(" ", propose);
    panel.hidden = false;
    named.set(scene.id, new Map(sliders.map(({ field, name, unit }) => [field, { name, unit }])));
    start(addressed[scene.id] ?? {});
    draw();
  };

  /** At the top, in words, whatever is changed: the numbers there are not the design's. */
  const named = new Map();
  const announce = (design) => {
    const place = design.querySelector(".supposed"), scenes = [...design.querySelectorAll(".scenario")];
    const changes = scenes.flatMap(({ id }) => Object.entries(supposed.get(id) ?? {}).map(([field, value]) => {
      const { name, unit } = named.get(id).get(field), amount = Array.isArray(value) ? value[1] : value;
      return `${name} ${typeof amount === "number" ? words(amount, unit) : amount}`;
    }));
    place.hidden = !changes.length;
    document.body.classList.toggle("supposing", changes.length > 0);
    const back = element("button", { type: "button", textContent: "As it stands" });
    back.addEventListener("click", () => scenes.forEach((scene) => scene.dispatchEvent(new Event("reset"))));
    place.replaceChildren(element("strong", { textContent: "What if:" }), [...new Set(changes)].join(", "), back);
  };

  // A place that is linked to is opened, where the browser does not do so by itself.

  const open = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)).split("?")[0]);
    for (let part = target; part; part = part.parentElement) {
      if (part.tagName === "DETAILS") part.open = true;
    }
    if (target?.classList.contains("decision")) target.querySelector(".grounds").open = true;
    target?.scrollIntoView();
  };
  addEventListener("hashchange", open);
  if (location.hash) open();
  document.querySelectorAll(".exhibit[data-kernel]").forEach(offer);

  // On paper letters are as large as the sheets that the page needs anyway have room for: so the last is not nearly
  // empty. Chromium lays the sheets out before it asks this, and prints as many; other browsers print small letters.

  const SHEET = (269 / 25.4) * 96, FULL = 0.98, LETTERS = Array.from({ length: 15 }, (_, at) => 11 - at / 5);
  const paper = matchMedia("print"), root = document.documentElement;
  paper.addEventListener("change", () => {
    const sheets = () => document.querySelector("footer").getBoundingClientRect().bottom / SHEET;
    root.style.fontSize = "";
    if (!paper.matches) return;
    const most = Math.ceil(sheets());
    const fits = (size) => {
      root.style.fontSize = `${size}pt`;
      return sheets() <= most - 1 + FULL;
    };
    if (!LETTERS.some(fits)) root.style.fontSize = "";
  });

  // Outcomes, owners and answers are kept in this browser, for this design and finding, until they are in the
  // minutes: a page of another design at the same place has its own.

  const store = (() => {
    try {
      return window.localStorage;
    } catch {
      return null;
    }
  })();
  const kept = (part, what) => part.querySelector(`[data-kept$="-${what}"]`)?.value.trim() ?? "";
  const title = (part) => part.querySelector("h3").textContent;

  /** What has been decided and answered, as a list of Markdown. */
  const minutes = (design) => {
    const lines = [...design.querySelectorAll(".decisions .decision")].flatMap((part) => {
      const outcome = kept(part, "outcome"), rest = [kept(part, "owner"), kept(part, "note")].filter(Boolean);
      if (!outcome && !rest.length) return [];
      const change = outcome === "change" ? [...part.querySelectorAll(".change .setting")].map((code) => code.textContent) : [];
      return [`- **${outcome || "to decide"}**: ${title(part)} (${part.dataset.rule})`
        + [...rest, ...change].map((text) => `; ${text}`).join("")];
    });
    const answers = [...design.querySelectorAll(".decision.question")].flatMap((part) => {
      const answer = kept(part, "answer"), owner = kept(part, "owner");
      return answer || owner ? [`- ${title(part)} ${[answer, owner && `(${owner})`].filter(Boolean).join(" ")}`] : [];
    });
    return [...lines, ...(lines.length && answers.length ? [""] : []), ...answers].join("\n");
  };
  const recount = (design) => {
    const decisions = [...design.querySelectorAll(".decisions .decision")];
    for (const part of decisions) part.classList.toggle("decided", kept(part, "outcome") !== "");
    const decided = decisions.filter((part) => kept(part, "outcome")).length;
    const count = document.querySelector(`.contents a[href="#${design.querySelector(".decisions h2")?.id}"] [data-decided]`);
    if (count) count.textContent = decided ? `${decided} of ${decisions.length}` : decisions.length;
    const text = design.querySelector(".minutes");
    if (text) text.querySelector("textarea").value = minutes(design);
  };
  document.querySelectorAll("[data-kept]").forEach((field) => {
    const key = `rtreview ${field.closest(".design").dataset.keptFor} ${field.dataset.kept}`;
    field.value = store?.getItem(key) ?? "";
    field.addEventListener("input", () => {
      store?.setItem(key, field.value);
      recount(field.closest(".design"));
    });
  });
  document.querySelectorAll(".design").forEach(recount);
  document.querySelectorAll(`.minutes${store ? ", .keeping" : ""}`).forEach((part) => { part.hidden = false; });
})();
