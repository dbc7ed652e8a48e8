/* What the page does when somebody touches it. Without it everything can be read and printed.

   A plot is drawn in Python; here only its path, its guides' words and its lines are set again, with the same
   tidy axes as in `rtreview/render/plot.py`, when a slider moves. */
(() => {
  "use strict";

  const GUIDES = 4, COLUMNS = 160, NEAR = 3, SECOND = 1;
  const TIDY = [1, 1.5, 2, 2.5, 3, 5, 10];
  const WHOLE = { s: [1, 60, 3600, 86400], B: [0, 1, 2, 3, 4].map((power) => 1024 ** power) };

  /** A number on an axis or beside a slider. */
  const words = (value, unit) => (value === 0 ? "0" : models.inUnit(value, unit));

  // Plots.

  const tidy = (most, unit) => {
    if (!(most > 0) || !Number.isFinite(most)) return 1;
    const step = most / GUIDES;
    const whole = Math.max(...(WHOLE[unit] ?? [1]).filter((size) => size <= step), 0) || 1;
    const power = 10 ** Math.floor(Math.log10(step / whole));
    return GUIDES * whole * power * TIDY.find((factor) => factor * power * whole >= step * (1 - 1e-9));
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

  /** The points to draw; a share goes on as it ended. */
  const drawn = (curve, until) => {
    const [end, last] = curve.points.at(-1);
    if (!curve.isMean) return curve.unit === "%" ? [...curve.points, [until, last]] : curve.points;
    const means = columns(curve.points, end), width = end / COLUMNS;
    return [[0, means[0]], ...means.map((mean, at) => [(at + 0.5) * width, mean]), [end, means.at(-1)]];
  };

  const svg = (name, attributes, text = "") => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.textContent = text;
    return node;
  };

  /** Draw a curve into a plot that Python has drawn, on the axes that this curve needs. */
  const redraw = (plot, curve) => {
    const { alongUnit } = plot.dataset, end = curve.points.at(-1)[0];
    const highest = drawn(curve, end).reduce((most, [, value]) => Math.max(most, value), 0);
    const near = curve.levels.map(([, value]) => value).filter((value) => value <= NEAR * highest);
    // The axes stay as they are as long as they hold the curve, so that it can be compared.
    const [shownUntil, shownTop] = plot.dataset.frame.split(" ").map(Number);
    const until = Math.max(shownUntil, tidy(end, alongUnit));
    const top = Math.max(shownTop, tidy(Math.max(highest, ...near), curve.unit));
    const [left, right, bottom, ceiling] = plot.dataset.scale.split(" ").map(Number);
    const x = (along) => (left + ((right - left) * Math.min(along, until)) / until).toFixed(1);
    const y = (value) => (bottom + ((ceiling - bottom) * Math.min(value, top)) / top).toFixed(1);
    const mark = (axis, most, unit) =>
      plot.querySelectorAll(`.axis.${axis} text`).forEach((word, at) => {
        word.textContent = words((most * at) / GUIDES, unit);
      });
    mark("x", until, alongUnit);
    mark("y", top, curve.unit);
    // Longer numbers take their room from the plot, not from what stands beside it.
    const beyond = Math.min(0, plot.querySelector(".axis.y").getBBox().x), { width, height } = plot.viewBox.baseVal;
    plot.setAttribute("viewBox", `${beyond.toFixed(1)} 0 ${(width - beyond + plot.viewBox.baseVal.x).toFixed(1)} ${height}`);
    const points = drawn(curve, until);
    const way = points.map(([along, value]) => `${x(along)} ${y(value)}`).join(" L");
    plot.querySelector(".series path").setAttribute("d", `M${x(0)} ${y(0)} L${way} ${x(points.at(-1)[0])} ${y(0)}`);
    const area = plot.querySelector(".plot");
    area.querySelectorAll(".level, .moment").forEach((line) => line.remove());
    const line = (name, d, label, place) => {
      const group = svg("g", { class: name });
      group.append(svg("path", { d }), svg("text", place, label));
      area.append(group);
    };
    for (const [label, value] of curve.levels.filter(([, level]) => level <= top)) {
      const height = y(value);
      line("level", `M${left} ${height} L${right} ${height}`, `${label} ${words(value, curve.unit)}`,
        { x: right, y: height - 5 });
    }
    curve.moments.forEach(([label, moment], at) => {
      const along = x(moment), turned = along > (left + right) / 2;
      line(`moment${turned ? " turned" : ""}`, `M${along} ${bottom} L${along} ${ceiling}`, label,
        { x: Number(along) + (turned ? -4 : 4), y: ceiling + 12 + 14 * (at % 4) });
    });
  };

  // Sliders. Each stands for a field of the spec, so that the curves and the rules follow the same change.

  const WORDS = { violated: "violated", passed: "passed", open: "not stated" };

  const element = (name, properties = {}, ...children) => {
    const node = Object.assign(document.createElement(name), properties);
    node.append(...children);
    return node;
  };
  const STEPS = 200;

  /** A choice between words; what the design says is one of them. */
  const choice = ({ name, choices }, now, moved) => {
    const label = (value) => (Array.isArray(value) ? value.map((end) => words(end, "s")).join(" to ")
      : typeof value === "number" ? words(value, "%") : value);
    const all = now === null || choices.includes(now) ? choices : [now, ...choices];
    const select = element("select", {}, ...all.map((value, at) => new Option(label(value), at)));
    select.value = Math.max(0, all.indexOf(now));
    select.addEventListener("input", () => moved(all[select.value]));
    return element("label", {}, name, select);
  };

  /** A slider on a logarithmic scale; a random span is moved at its far end. */
  const slider = ({ name, unit, least, most, isSpan }, now, moved) => {
    const [nearest, amount] = Array.isArray(now) ? now : [0, now], isKnown = typeof amount === "number" && amount > 0;
    // Where the design itself lies beyond a slider, the slider reaches further, so that it shows that value.
    const from = isKnown ? Math.min(least ?? amount / 50, amount) : least;
    const to = isKnown ? Math.max(most ?? amount * 50, amount) : most, scale = Math.log(to / from) / STEPS;
    const input = element("input", { type: "range", min: 0, max: STEPS, step: 1 });
    const output = element("output", { textContent: isKnown ? words(amount, unit) : "none" });
    input.value = isKnown ? Math.round(Math.log(amount / from) / scale) : 0;
    input.setAttribute("aria-valuetext", output.textContent);
    input.addEventListener("input", () => {
      const value = Number((from * Math.exp(scale * input.value)).toPrecision(2));
      output.textContent = words(value, unit);
      input.setAttribute("aria-valuetext", output.textContent);
      moved(isSpan ? [Math.min(nearest, value), value] : value);
    });
    // The input comes first, since a label is that of the first field in it, and an output is one.
    return element("label", {}, name, input, output);
  };

  /** Sliders beside the plots of a scenario that has a kernel: its last variant is what they begin with. */
  const offer = (exhibit) => {
    const { kernel } = exhibit.dataset, panel = exhibit.querySelector(".what-if");
    const { sliders, values, parameters, verdicts: rules } = JSON.parse(panel.querySelector("script").textContent);
    if (!sliders.length) return;
    const figures = [...exhibit.querySelectorAll("[data-curve]")].map((figure) => ({
      name: figure.dataset.curve, figure, variant: figure.querySelector(".variant"),
      says: [...figure.querySelector(".variant").childNodes], plot: figure.querySelector("svg").cloneNode(true),
    }));
    const table = exhibit.querySelector(".figures");
    table.tHead.rows[0].append(element("th", { scope: "col", className: "now", textContent: "what if" }));
    const cells = new Map([...table.tBodies[0].rows].map((row) => {
      const cell = element("td", { className: "now" });
      row.append(cell);
      return [row.cells[0].textContent, cell];
    }));
    const inputs = element("div", { className: "sliders" }), verdicts = element("ul", { className: "verdicts" });
    const reset = element("button", { type: "button", textContent: "Reset" });
    let changes;

    /** Figures and verdicts with what is changed; gives the course, or nothing where it can be told no more. */
    const tell = () => {
      const now = { ...values, ...changes }, moved = models.decide(parameters, now);
      const course = moved && models.course(kernel, moved);
      cells.forEach((cell) => cell.replaceChildren());
      for (const { name, value, unit } of course?.figures ?? []) cells.get(name)?.replaceChildren(models.inUnit(value, unit));
      const outcomes = rules.map(([rule, tree]) => [rule, models.decide(tree, now)]);
      const concerned = outcomes.filter(([, verdict]) => verdict in WORDS);
      verdicts.replaceChildren(...concerned.map(([rule, verdict]) =>
        element("li", { className: verdict },
          element("a", { href: `#ref-${rule}`, textContent: rule }), `: ${WORDS[verdict]}`)));
      return course;
    };

    let waiting = false;
    const moved = (field, value, now) => {
      changes[field] = value;
      // What the design says already is no change of it.
      if (value === now) delete changes[field];
      reset.disabled = false;
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => {
        waiting = false;
        const course = tell();
        for (const { name, figure, variant } of figures) {
          const curve = course?.curves.find((candidate) => candidate.name === name);
          variant.replaceChildren(curve ? "with what the sliders say" : "cannot be told any more");
          if (curve) redraw(figure.querySelector("svg"), curve);
        }
      });
    };
    const start = () => {
      changes = {};
      inputs.replaceChildren(...sliders.map((control) =>
        (control.choices.length ? choice : slider)(control, control.now, (value) => moved(control.field, value, control.now))));
      for (const { figure, variant, says, plot } of figures) {
        variant.replaceChildren(...says);
        figure.querySelector("svg").replaceWith(plot.cloneNode(true));
      }
      reset.disabled = true;
      tell();
    };
    reset.addEventListener("click", start);
    panel.append(element("h4", { textContent: "What if" }), inputs, verdicts, reset);
    panel.hidden = false;
    start();
  };

  document.querySelectorAll(".exhibit[data-kernel]").forEach(offer);

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
