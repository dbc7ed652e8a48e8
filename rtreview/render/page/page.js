/* What the page does when somebody touches it. Without it everything can be read and printed.

   A plot is drawn in Python; here only its path, its guides' words and its lines are set anew, with the same
   tidy axes as in `rtreview/render/plot.py`, when a slider moves. */
(() => {
  "use strict";

  const GUIDES = 4, COLUMNS = 160, NEAR = 3, SECOND = 1;
  const TIDY = [1, 1.5, 2, 2.5, 3, 5, 10];
  const WHOLE = { s: [1, 60, 3600, 86400], B: [0, 1, 2, 3, 4].map((power) => 1024 ** power) };

  // Quantities in words, as `rtreview/quantity.py` prints them.

  const plain = (number) => {
    if (!Number.isFinite(number)) return "∞";
    if (Math.abs(number) >= 10000) return Math.round(number).toLocaleString("en-US");
    return String(Number(number.toPrecision(4)));
  };
  const UNITS = {
    s: [["d", 86400], ["h", 3600], ["min", 60], ["s", 1], ["ms", 0.001]],
    B: [["TiB", 1024 ** 4], ["GiB", 1024 ** 3], ["MiB", 1024 ** 2], ["KiB", 1024], ["B", 1]],
    "B/s": [["GB/s", 1e9], ["MB/s", 1e6], ["kB/s", 1e3], ["B/s", 1]],
  };
  const inUnit = (amount, unit) => {
    if (amount === 0) return "0";
    if (unit === "%") return `${plain(amount * 100)} %`;
    if (!(unit in UNITS)) return `${plain(amount)}${unit}`;
    if (!Number.isFinite(amount)) return "never";
    const [name, size] = UNITS[unit].find(([, least]) => Math.abs(amount) >= least) ?? UNITS[unit].at(-1);
    return `${plain(amount / size)} ${name}`;
  };

  // Plots.

  const tidy = (most, unit) => {
    if (!(most > 0) || !Number.isFinite(most)) return 1;
    const step = most / GUIDES;
    const whole = Math.max(...(WHOLE[unit] ?? [1]).filter((one) => one <= step), 0) || 1;
    const power = 10 ** Math.floor(Math.log10(step / whole));
    return GUIDES * whole * power * TIDY.find((one) => one * power * whole >= step * (1 - 1e-9));
  };

  /** The mean of a rate in steps around each of so many moments, over at least a second. */
  const columns = (points, until) => {
    const ends = [0], totals = [0];
    for (const [end, rate] of points) {
      totals.push(totals.at(-1) + rate * (end - ends.at(-1)));
      ends.push(end);
    }
    let at = 0;
    const before = (moment) => {
      while (at > 0 && ends[at] > moment) at -= 1;
      while (at + 1 < ends.length && ends[at + 1] <= moment) at += 1;
      return at + 1 < ends.length ? totals[at] + points[at][1] * (moment - ends[at]) : totals[at];
    };
    const width = until / COLUMNS, span = Math.max(width, SECOND);
    return Array.from({ length: COLUMNS }, (_, column) => {
      const begin = Math.max(0, (column + 0.5) * width - span / 2);
      return (before(begin + span) - before(begin)) / span;
    });
  };

  const drawn = (curve) => {
    const end = curve.points.at(-1)[0];
    if (!curve.isMean) return curve.points;
    const means = columns(curve.points, end), width = end / COLUMNS;
    return [[0, means[0]], ...means.map((mean, at) => [(at + 0.5) * width, mean]), [end, means.at(-1)]];
  };

  const svg = (name, attributes, text = "") => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.textContent = text;
    return made;
  };

  /** Draw a curve into a plot that Python has drawn, on the axes that this curve needs. */
  const redraw = (plot, curve) => {
    const points = drawn(curve);
    const highest = points.reduce((most, [, value]) => Math.max(most, value), 0);
    const near = curve.levels.filter((level) => level.value <= NEAR * highest).map((level) => level.value);
    // The axes stay as they are as long as they hold the curve, so that it can be compared.
    const [shownUntil, shownTop] = plot.dataset.frame.split(" ").map(Number);
    const until = Math.max(shownUntil, tidy(curve.points.at(-1)[0], curve.alongUnit));
    const top = Math.max(shownTop, tidy(Math.max(highest, ...near), curve.unit));
    const [left, right, bottom, ceiling] = plot.dataset.scale.split(" ").map(Number);
    const x = (along) => (left + ((right - left) * Math.min(along, until)) / until).toFixed(1);
    const y = (value) => (bottom + ((ceiling - bottom) * Math.min(value, top)) / top).toFixed(1);
    const words = (axis, most, unit) =>
      plot.querySelectorAll(`.axis.${axis} text`).forEach((word, at) => {
        word.textContent = inUnit((most * at) / GUIDES, unit);
      });
    words("x", until, curve.alongUnit);
    words("y", top, curve.unit);
    const way = points.map(([along, value]) => `${x(along)} ${y(value)}`).join(" L");
    plot.querySelector(".series path").setAttribute("d", `M${x(0)} ${y(0)} L${way} ${x(points.at(-1)[0])} ${y(0)}`);
    const area = plot.querySelector(".plot");
    area.querySelectorAll(".level, .moment").forEach((line) => line.remove());
    const line = (name, d, label, place) => {
      const group = svg("g", { class: name });
      group.append(svg("path", { d }), svg("text", place, label));
      area.append(group);
    };
    for (const level of curve.levels.filter((one) => one.value <= top)) {
      const height = y(level.value);
      line("level", `M${left} ${height} L${right} ${height}`, `${level.label} ${inUnit(level.value, curve.unit)}`,
        { x: right, y: height - 5 });
    }
    curve.moments.forEach((moment, at) => {
      const along = x(moment.at);
      const turned = along > (left + right) / 2;
      line(`moment${turned ? " turned" : ""}`, `M${along} ${bottom} L${along} ${ceiling}`, moment.label,
        { x: Number(along) + (turned ? -4 : 4), y: ceiling + 12 + 14 * (at % 4) });
    });
  };

  // What a model comes to: the curves and figures of `rtreview/course.py`, by name.

  const COURSES = {
    Scenario: (parameters) => {
      const found = models.storm(parameters);
      const back = (share) => [`${share * 100} % are back after`, found.backAfter(share), "s"];
      return {
        curves: [
          {
            name: "attempts/s", unit: "/s", alongUnit: "s", isMean: true, moments: [],
            points: found.times.map((time, at) => [time, found.attempts[at]]),
            levels: [{ label: "accepted", value: parameters.capacity }],
          },
          {
            name: "share that is back", unit: "%", alongUnit: "s", levels: [],
            points: [[0, 0], ...found.times.map((time, at) => [time, found.back[at]])],
            moments: [{ label: "half of them are back", at: found.backAfter(0.5) },
              { label: "99 % are back", at: found.backAfter(0.99) }].filter((one) => Number.isFinite(one.at)),
          },
        ],
        figures: [["attempts in the busiest second", found.peak, "/s"], ["attempts of one client", found.each, ""],
          back(0.99), ["everybody is back after", found.allBack, "s"],
          ...(found.ending === "back" ? [] : [["how it ends", found.ending, ""]])],
      };
    },
  };

  // Sliders.

  /** What can be moved, by model: where it stands in the parameters, its name, its unit, and its range. */
  const CONTROLS = {
    Scenario: [
      { at: ["clients"], name: "clients", unit: "" },
      { at: ["capacity"], name: "accepted a second", unit: "/s" },
      { at: ["plan", "first"], name: "first delay, random up to", unit: "s", least: 0.1, most: 600, span: true },
      { at: ["plan", "jitter"], name: "jitter", choices: [null, "full", "equal", "decorrelated"] },
      { at: ["plan", "base"], name: "base", unit: "s", least: 0.1, most: 60 },
      { at: ["plan", "cap"], name: "cap", unit: "s", least: 1, most: 600 },
      { at: ["refusal"], name: "cost of a refusal", unit: "%", least: 0.01, most: 1 },
    ],
    SlowClient: [
      { at: ["arrival"], name: "sent to it", unit: "B/s" },
      { at: ["drain"], name: "its line carries", unit: "B/s" },
      { at: ["bound"], name: "bound of the queue", unit: "B" },
      { at: ["stall"], name: "stands still", unit: "s", least: 0.1, most: 600 },
    ],
    Blip: [],
    Growth: [],
  };

  const inside = (holder, way) => way.reduce((part, key) => part?.[key], holder);
  const put = (holder, way, value) => {
    inside(holder, way.slice(0, -1))[way.at(-1)] = value;
  };
  const STEPS = 200;

  /** A labelled input that gives its value on each move. */
  const control = (made, parameters, moved) => {
    const now = inside(parameters, made.at);
    const label = document.createElement("label"), output = document.createElement("output");
    label.append(made.name);
    if (made.choices) {
      const select = document.createElement("select");
      const kept = made.choices.includes(now) ? [] : [now];
      [...kept, ...made.choices].forEach((choice) => {
        const word = choice === null ? "none" : typeof choice === "number" ? inUnit(choice, "%")
          : Array.isArray(choice) ? choice.map((end) => inUnit(end, "s")).join(" to ") : choice;
        const option = new Option(word, JSON.stringify(choice));
        select.append(option);
      });
      select.value = JSON.stringify(now ?? null);
      select.addEventListener("input", () => moved(made.at, JSON.parse(select.value)));
      label.append(select);
      return label;
    }
    const amount = made.span && Array.isArray(now) ? now[1] : now;
    const least = made.least ?? amount / 50, most = made.most ?? amount * 50;
    const scale = Math.log(most / least) / STEPS;
    const input = document.createElement("input");
    Object.assign(input, { type: "range", min: 0, max: STEPS, step: 1 });
    const known = typeof amount === "number" && amount > 0;
    input.value = known ? Math.max(0, Math.min(STEPS, Math.round(Math.log(amount / least) / scale))) : 0;
    output.textContent = known ? inUnit(amount, made.unit) : "none";
    input.addEventListener("input", () => {
      const value = Number((least * Math.exp(scale * input.value)).toPrecision(2));
      output.textContent = inUnit(value, made.unit);
      input.setAttribute("aria-valuetext", output.textContent);
      moved(made.at, made.span ? [0, value] : value);
    });
    input.setAttribute("aria-valuetext", output.textContent);
    label.append(output, input);
    return label;
  };

  const WORDS = { violated: "violated", passed: "passed", open: "not stated" };
  const element = (name, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };

  /** Sliders beside the plots of a scenario: its last variant is what they begin with. */
  const offer = (exhibit) => {
    const { model } = exhibit.dataset, panel = exhibit.querySelector(".what-if");
    const begin = JSON.parse(panel.querySelector("script").textContent);
    const shown = CONTROLS[model]?.filter((one) => one.choices || one.least || inside(begin, one.at));
    if (!shown?.length || !COURSES[model]) return;
    const figures = [...exhibit.querySelectorAll("[data-curve]")].map((figure) => ({
      name: figure.dataset.curve, figure, variant: figure.querySelector(".variant"),
      says: [...figure.querySelector(".variant").childNodes], drawn: figure.querySelector("svg").cloneNode(true),
    }));
    const table = exhibit.querySelector(".figures");
    table.tHead.rows[0].append(element("th", { scope: "col", className: "now", textContent: "what if" }));
    const cells = new Map([...table.tBodies[0].rows].map((row) => {
      const cell = element("td", { className: "now" });
      row.append(cell);
      return [row.cells[0].textContent, cell];
    }));
    const sliders = element("div", { className: "sliders" }), verdicts = element("ul", { className: "verdicts" });
    const reset = element("button", { type: "button", textContent: "Reset" });
    let parameters;

    const tell = (told) => {
      cells.forEach((cell) => cell.replaceChildren());
      for (const [what, value, unit] of told.figures) {
        cells.get(what)?.replaceChildren(typeof value === "string" ? value : inUnit(value, unit));
      }
      verdicts.replaceChildren(...Object.entries(models.verdicts?.(model, parameters) ?? {}).map(
        ([rule, verdict]) => element("li", { className: verdict, textContent: `${rule}: ${WORDS[verdict]}` })));
    };
    let waiting = false;
    const moved = (at, value) => {
      put(parameters, at, value);
      reset.disabled = false;
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => {
        waiting = false;
        const told = COURSES[model](parameters);
        tell(told);
        for (const { name, figure, variant } of figures) {
          const curve = told.curves.find((one) => one.name === name);
          variant.replaceChildren("with what the sliders say");
          if (curve) redraw(figure.querySelector("svg"), curve);
        }
      });
    };
    const start = () => {
      parameters = structuredClone(begin);
      sliders.replaceChildren(...shown.map((one) => control(one, parameters, moved)));
      for (const { figure, variant, says, drawn: before } of figures) {
        variant.replaceChildren(...says);
        figure.querySelector("svg").replaceWith(before.cloneNode(true));
      }
      reset.disabled = true;
      tell(COURSES[model](parameters));
    };
    reset.addEventListener("click", start);
    panel.append(element("h4", { textContent: "What if" }), sliders, verdicts, reset);
    panel.hidden = false;
    start();
  };

  document.querySelectorAll(".exhibit").forEach(offer);

  // A place that is linked to is opened, where the browser does not do so by itself.

  const open = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let part = target?.parentElement; part; part = part.parentElement) {
      if (part.tagName === "DETAILS") part.open = true;
    }
    target?.scrollIntoView();
  };
  addEventListener("hashchange", open);
  if (location.hash) open();

  // Answers are kept in this browser, for this file, until they are in the minutes.

  const store = (() => {
    try {
      return window.localStorage;
    } catch {
      return null;
    }
  })();
  document.querySelectorAll("[data-kept]").forEach((field) => {
    const key = `${location.pathname}#${field.dataset.kept}`;
    field.value = store?.getItem(key) ?? "";
    field.addEventListener("input", () => store?.setItem(key, field.value));
  });
})();
