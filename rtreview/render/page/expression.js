/* Formulas and questions that Python has written as JSON (`numbers/plain.py`, `trace.py`), for moved fields.

   `changes` are the contents of the fields that have been moved, in base units: a number, the two ends of a random
   span, a word, or "none". */
(() => {
  "use strict";

  const isClose = (left, right) =>
    left === right || Math.abs(left - right) <= 1e-9 * Math.max(Math.abs(left), Math.abs(right));
  const end = (value) => (Array.isArray(value) ? value[1] : value);

  const FUNCTIONS = {
    "+": (...summands) => summands.reduce((left, right) => left + right),
    "-": (whole, part) => Math.max(0, whole - part),
    "*": (left, right) => left * right,
    "/": (left, right) => left / right,
    "min": Math.min,
    "max": Math.max,
    "width": ([least, most]) => most - least,
    "middle": ([least, most]) => (least + most) * 0.5,
    "end": end,
    "<": (left, right) => left < right,
    "<=": (left, right) => left <= right,
    "==": (left, right) => left === right,
    "below": (left, right) => left < right && !isClose(left, right),
    "at most": (left, right) => left < right || isClose(left, right),
  };

  /** A formula's value; an object or a list of formulas, each with its value. */
  models.evaluate = (formula, changes) => {
    const evaluate = (part) => models.evaluate(part, changes);
    if (Array.isArray(formula)) return formula.map(evaluate);
    if (formula === null || typeof formula !== "object") return formula;
    if ("op" in formula) return FUNCTIONS[formula.op](...formula.of.map(evaluate));
    if ("end" in formula) return changes[formula.field][formula.end];
    if ("field" in formula) return changes[formula.field];
    return Object.fromEntries(Object.entries(formula).map(([name, part]) => [name, evaluate(part)]));
  };

  /** What the tree says of a field that has been moved, or not. */
  const content = (value, options) => {
    if (value === undefined) return "now";
    if (String(value) in options) return String(value);
    return Array.isArray(value) ? "span" : "number";
  };

  /** What a function of the design comes to: the answer at the end of the way through its questions. */
  models.decide = (tree, changes) => {
    let at = tree;
    while ("ask" in at) {
      const value = models.evaluate(at.ask, changes);
      at = at.of["op" in at.ask ? value : content(value, at.of)];
    }
    return models.evaluate(at.is, changes);
  };
})();
