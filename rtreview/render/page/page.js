/* What the page does when somebody touches it. Without it everything can be read and printed.

   A plot is drawn in Python; here only its path, its guides' words and its lines are set anew, with the same
   tidy axes as in `rtreview/render/plot.py`, when a slider moves. */
(() => {
  "use strict";

  const GUIDES = 4, COLUMNS = 160, NEAR = 3, SECOND = 1;
  const TIDY = [1, 1.5, 2, 2.5, 3, 5, 10];
  const WHOLE = { s: [1, 60, 3600, 86400], B: [0, 1, 2, 3, 4].map((power) => 1024 ** power) };

  /** A number on an axis or beside a slider. */
  const words = (value, unit) => (value === 0 ? "0" : models.told(value, unit));

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
    const points = drawn(curve), { alongUnit } = plot.dataset;
    const highest = points.reduce((most, [, value]) => Math.max(most, value), 0);
    const near = curve.levels.map(([, value]) => value).filter((value) => value <= NEAR * highest);
    // The axes stay as they are as long as they hold the curve, so that it can be compared.
    const [shownUntil, shownTop] = plot.dataset.frame.split(" ").map(Number);
    const until = Math.max(shownUntil, tidy(curve.points.at(-1)[0], alongUnit));
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
    const way = points.map(([along, value]) => `${x(along)} ${y(value)}`).join(" L");
    plot.querySelector(".series path").setAttribute("d", `M${x(0)} ${y(0)} L${way} ${x(points.at(-1)[0])} ${y(0)}`);
    const area = plot.querySelector(".plot");
    area.querySelectorAll(".level, .moment").forEach((line) => line.remove());
    const line = (name, d, label, place) => {
      const group = svg("g", { class: name });
      group.append(svg("path", { d }), svg("text", place, label));
      area.append(group);
    };
    for (const [label, value] of curve.levels.filter(([, one]) => one <= top)) {
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

  // Sliders.

  /** When the other side knows, with another interval between the beats: `rtreview/models/liveness.py`. */
  const beating = (lag, interval, facts) => {
    const { "transport.heartbeat.timeout": timeout, "transport.heartbeat.misses": misses = 1 } = facts.values;
    const isSilence = facts.values["transport.heartbeat.confirmed"] === false || timeout > lag.cycle;
    return isSilence
      ? { ...lag, least: Math.max(0, timeout - interval), cycle: Math.min(interval, timeout) }
      : { ...lag, least: (misses - 1) * interval + timeout, cycle: interval };
  };

  const setInterval = (parameters, interval, facts) => {
    const { server, client, shown } = parameters;
    if (client) parameters.client = beating(client, interval, facts);
    if (!server) return;
    parameters.server = beating(server, interval, facts);
    // Others see what the server knows, a grace later, unless an entry ends by itself.
    if (shown?.cycle === server.cycle) {
      const { least, cycle } = parameters.server;
      parameters.shown = { ...shown, least: shown.least + least - server.least, cycle };
    }
  };

  const scaled = (...fields) => ({ fields, isScaled: true });
  const states = (...fields) => ({ fields });

  /** What can be moved in a mass disconnect: where it stands in the parameters of the model, what it is called,
      its range, and which fields of the spec it stands for. */
  const STORM = [
    { at: ["clients"], name: "clients", unit: "", ...scaled("workload.connections") },
    { at: ["capacity"], name: "accepted a second", unit: "/s", ...scaled("topology.node.accept_rate") },
    { at: ["plan", "first"], name: "first delay, random up to", unit: "s", least: 0.1, most: 600, isSpan: true,
      ...states("transport.reconnect.first_delay") },
    { at: ["plan", "jitter"], name: "jitter", choices: [null, "full", "equal", "decorrelated"],
      ...states("transport.reconnect.jitter") },
    { at: ["plan", "base"], name: "base", unit: "s", least: 0.1, most: 60, ...states("transport.reconnect.base") },
    { at: ["plan", "cap"], name: "cap", unit: "s", least: 1, most: 600, ...states("transport.reconnect.cap") },
    { at: ["refusal"], name: "cost of a refusal", unit: "%", least: 0.01, most: 1,
      ...states("topology.node.reject_cost") },
  ];
  const QUEUE = "backpressure.queue";
  const CONTROLS = {
    "slow-client": [
      { at: ["arrival"], name: "sent to it", unit: "B/s", ...states() },
      { at: ["drain"], name: "its line carries", unit: "B/s", ...states("workload.downlink") },
      { at: ["bound"], name: "bound of the queue", unit: "B",
        ...scaled(`${QUEUE}.max_messages`, `${QUEUE}.max_bytes`, `${QUEUE}.max_keys`) },
      { at: ["stall"], name: "stands still for", unit: "s", ...states() },
    ],
    "blip": [
      { at: ["outage"], name: "its line is gone for", unit: "s", least: 0.5, most: 3600, ...states() },
      { at: ["server", "cycle"], name: "heartbeat interval", unit: "s", least: 1, most: 300, set: setInterval,
        ...states("transport.heartbeat.interval") },
      { at: ["shown", "least"], name: "shown as there, at the least, for", unit: "s", least: 0.5, most: 600, ...states() },
      { at: ["window"], name: "the replay reaches back", unit: "s", least: 1, most: 86400, ...states() },
    ],
    "growth": [
      { at: ["edits"], name: "edits", unit: "/s", ...states() },
      { at: ["kept"], name: "edits that are kept", unit: "", ...states() },
      { at: ["encoded"], name: "bytes of an edit", unit: "", least: 0.3, most: 100, ...states() },
    ],
  };

  /** The rules whose verdicts follow the sliders, by what is simulated. */
  const RULES = {
    "slow-client": ["slow-client-memory-budget", "queue-older-than-staleness"],
    "blip": ["heartbeat-slower-than-path", "detection-slower-than-promise"],
    "growth": [],
  };
  const STORM_RULES = ["reconnect-without-jitter", "first-reconnect-spread-too-small", "backoff-cap-below-herd",
    "node-loss-overload", "close-all-at-once"];

  const inside = (holder, way) => way.reduce((part, key) => part?.[key], holder);
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
        const word = choice === null ? "none" : typeof choice === "number" ? words(choice, "%")
          : Array.isArray(choice) ? choice.map((end) => words(end, "s")).join(" to ") : choice;
        const option = new Option(word, JSON.stringify(choice));
        select.append(option);
      });
      select.value = JSON.stringify(now ?? null);
      select.addEventListener("input", () => moved(made, JSON.parse(select.value)));
      label.append(select);
      return label;
    }
    const amount = made.isSpan && Array.isArray(now) ? now[1] : now;
    const least = made.least ?? amount / 50, most = made.most ?? amount * 50;
    const scale = Math.log(most / least) / STEPS;
    const input = document.createElement("input");
    Object.assign(input, { type: "range", min: 0, max: STEPS, step: 1 });
    const known = typeof amount === "number" && amount > 0;
    input.value = known ? Math.max(0, Math.min(STEPS, Math.round(Math.log(amount / least) / scale))) : 0;
    output.textContent = known ? words(amount, made.unit) : "none";
    input.addEventListener("input", () => {
      const value = Number((least * Math.exp(scale * input.value)).toPrecision(2));
      output.textContent = words(value, made.unit);
      input.setAttribute("aria-valuetext", output.textContent);
      moved(made, made.isSpan ? [0, value] : value);
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
    const { scenario } = exhibit.dataset, panel = exhibit.querySelector(".what-if");
    const begin = JSON.parse(panel.querySelector("script").textContent);
    const isThere = (one) => one.choices || one.isSpan || typeof inside(begin.parameters, one.at) === "number";
    const controls = (CONTROLS[scenario] ?? STORM).filter(isThere);
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
    const sliders = element("div", { className: "sliders" }), verdicts = element("ul", { className: "verdicts" });
    const reset = element("button", { type: "button", textContent: "Reset" });
    let parameters, facts;

    const tell = (told) => {
      cells.forEach((cell) => cell.replaceChildren());
      for (const { name, value, unit } of told.figures) cells.get(name)?.replaceChildren(models.told(value, unit));
      const said = models.verdicts(facts.connection, facts.feature);
      verdicts.replaceChildren(...(RULES[scenario] ?? STORM_RULES).filter((rule) => WORDS[said[rule]]).map((rule) =>
        element("li", { className: said[rule], textContent: `${rule}: ${WORDS[said[rule]]}` })));
    };

    /** Say of a design what a slider says: the fields that it stands for have its value, or are that much larger. */
    const state = (subject, { fields, isScaled }, value, before) => {
      if (!subject) return subject;
      const stated = fields.filter((field) => !isScaled || typeof subject.values[field] === "number");
      const valueOf = (field) => (isScaled ? (subject.values[field] * value) / before : value ?? "none");
      return models.changed(subject, Object.fromEntries(stated.map((field) => [field, valueOf(field)])));
    };

    let waiting = false;
    const moved = (made, value) => {
      const before = inside(parameters, made.at);
      if (made.set) made.set(parameters, value, facts.connection);
      else inside(parameters, made.at.slice(0, -1))[made.at.at(-1)] = value;
      facts = { connection: state(facts.connection, made, value, before), feature: state(facts.feature, made, value, before) };
      reset.disabled = false;
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => {
        waiting = false;
        const told = models.course(scenario, parameters);
        tell(told);
        for (const { name, figure, variant } of figures) {
          const curve = told.curves.find((one) => one.name === name);
          variant.replaceChildren("with what the sliders say");
          if (curve) redraw(figure.querySelector("svg"), curve);
        }
      });
    };
    const start = () => {
      ({ parameters, ...facts } = structuredClone(begin));
      sliders.replaceChildren(...controls.map((one) => control(one, parameters, moved)));
      for (const { figure, variant, says, plot } of figures) {
        variant.replaceChildren(...says);
        figure.querySelector("svg").replaceWith(plot.cloneNode(true));
      }
      reset.disabled = true;
      tell(models.course(scenario, parameters));
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
