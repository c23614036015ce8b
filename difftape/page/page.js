(() => {
"use strict";
const tape = __TAPE__;
const $ = (id) => document.getElementById(id);
const data = JSON.parse($("data").textContent);
const { variables, records, root } = data;
const isTabulated = data.tabulated.length > 0;
const reversed = records.map((_, k) => k).filter((k) => records[k].moves).reverse();
const state = {
  index: variables.map((v) => v.start),
  along: 0,
  order: Number($("order").value),
  step: records.length + reversed.length,
};
const SVG = "http://www.w3.org/2000/svg";

// Numbers as text -----------------------------------------------------------------------------------------------
function text(x, digits) {
  if (x === null || x === undefined || Number.isNaN(x)) return "";
  if (typeof x === "boolean") return String(x);
  if (!Number.isFinite(x)) return x > 0 ? "∞" : "-∞";
  if (x === 0) return "0";
  const size = Math.abs(x);
  const plain = size >= 1e-5 && size < 10 ** Math.min(digits, 15);
  let found = plain ? x.toPrecision(digits) : x.toExponential(digits - 1);
  if (found.includes(".")) found = found.replace(/\.?0+($|e)/, "$1");
  return found.replace("e+", "e");
}
const short = (x) => text(x, 6);
const long = (x) => text(x, 12);
const raised = (k) => (k === 1 ? "" : String(k).replace(/\d/g, (d) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[d]));

function element(kind, name, content) {
  const found = document.createElement(kind);
  if (name) found.className = name;
  if (content !== undefined) found.textContent = content;
  return found;
}
function drawn(kind, attributes, parent) {
  const found = document.createElementNS(SVG, kind);
  for (const [name, value] of Object.entries(attributes)) found.setAttribute(name, value);
  if (parent) parent.append(found);
  return found;
}
function put(target, content) {
  if (target && target.textContent !== content) target.textContent = content;
}

// The tape at a point -------------------------------------------------------------------------------------------
function point() { return variables.map((v, k) => v.numbers[state.index[k]]); }
function table(variable, stop) {
  return variable.table.map((column) => {
    const x = Array.isArray(column) ? column[stop] : column;
    return x === null ? NaN : x;
  });
}
function moved() { return variables.map((_, k) => k).filter((k) => state.index[k] !== variables[k].start); }

function sweep(partials, count) {
  // The chain rule over the records: each passes adjoint × partial to its operands; null is the structural zero.
  const adjoints = new Array(records.length).fill(null);
  if (count > 0) adjoints[root] = 1;
  for (const k of reversed.slice(0, count)) {
    if (adjoints[k] === null) continue;
    for (const [operand, partial, isChosen] of records[k].edges) {
      if (partial < 0 || (isChosen && partials[partial] === 0)) continue;
      const term = adjoints[k] * partials[partial];
      adjoints[operand] = adjoints[operand] === null ? term : adjoints[operand] + term;
    }
  }
  if (count >= reversed.length) for (const k of reversed) if (adjoints[k] === null) adjoints[k] = 0;
  return adjoints;
}

function solved() {
  const x = point(), off = moved();
  const along = off.length ? off[0] : state.along;
  tape.set(x, isTabulated ? table(variables[along], state.index[along]) : []);
  const found = { x, value: tape.run(), values: tape.values(), partials: tape.partials(), status: "", message: "" };
  found.adjoints = sweep(found.partials, reversed.length);
  found.grad = variables.map((v) => found.adjoints[v.record] ?? 0);
  found.isStart = off.length === 0;
  const isFinite = Number.isFinite(found.value) && found.grad.every(Number.isFinite);
  const isTied = tape.ties().some(Boolean);
  let hard = off.length === 1 ? variables[off[0]].hard[state.index[off[0]]] : undefined;
  if (found.isStart) {
    hard = data.start.hard ?? undefined;
    found.values = data.start.values;
    found.adjoints = data.start.adjoints;
    found.partials = data.start.partials;
    if (!hard) {
      found.value = data.start.value;
      found.grad = data.start.grad;
    }
  }
  found.series = hard || isTied ? null : tape.series[state.along]();
  if (hard && found.isStart && data.start.series) found.series = data.start.series[state.along];
  if (found.series && !found.series.every(Number.isFinite)) found.series = null;
  if (hard) {
    found.status = hard.status;
    found.message = hard.message;
    found.value = hard.value;
    found.grad = variables.map((v) => hard.grad[v.name] ?? null);
  } else if (!found.isStart && (hard === null || !isFinite || isTied)) {
    found.status = "no plain derivative";
    found.message = isFinite && isTied
      ? "a function on the tape is at a kink or a jump; difftape grad says what kind of point this is"
      : "a record has no finite number or no finite slope; difftape grad says what kind of point this is";
    if (!Number.isFinite(found.value)) found.value = null;
    found.grad = found.grad.map(() => null);
  }
  if (found.status && !found.isStart) {
    // As far as the tape has numbers; which record it is that has none, only difftape knows.
    const known = (x) => (typeof x === "boolean" || Number.isFinite(x) ? x : null);
    found.values = found.values.map(known);
    found.partials = found.partials.map((x) => (isTied ? null : known(x)));
    found.adjoints = found.adjoints.map((_, k) => (k === root ? 1 : null));
  }
  return found;
}

// The curve -----------------------------------------------------------------------------------------------------
const plot = { key: "", runs: [], gaps: [], low: -1, high: 1 };

function evaluator() {
  const x = point(), a = state.along;
  return (u, stop) => {
    x[a] = u;
    tape.set(x, isTabulated ? table(variables[a], stop) : []);
    return tape.run();
  };
}
function range(values) {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  if (!sorted.length) return [-1, 1];
  const at = (share) => sorted[Math.round(share * (sorted.length - 1))];
  let low = sorted[0], high = sorted[sorted.length - 1];
  const spread = at(0.92) - at(0.08);
  if (spread > 0 && high - low > 4 * spread) {
    low = Math.max(low, at(0.08) - 0.6 * spread);
    high = Math.min(high, at(0.92) + 0.6 * spread);
  }
  const pad = high > low ? 0.07 * (high - low) : Math.abs(high) * 0.5 || 1;
  return [low - pad, high + pad];
}
function curve() {
  // Runs of points between which the function goes on; at a pole, a jump or outside its domain a run ends.
  const key = state.along + ":" + state.index.filter((_, k) => k !== state.along).join();
  if (key === plot.key) return;
  plot.key = key;
  const f = evaluator(), { numbers, hard, start } = variables[state.along];
  const isAtStart = moved().every((k) => k === state.along);
  const limit = (k) => (isAtStart ? (k === start ? data.start.hard : hard[k])?.value : null) ?? NaN;
  const values = numbers.map((u, k) => {
    const y = f(u, k);
    return Number.isFinite(y) ? y : limit(k);
  });
  [plot.low, plot.high] = range(values);
  const far = 0.01 * (plot.high - plot.low);
  plot.runs = [];
  plot.gaps = [];
  let run = [];
  const end = (at) => { if (run.length) plot.runs.push(run); run = []; if (at !== null) plot.gaps.push(at); };
  numbers.forEach((u, k) => {
    const y = values[k];
    if (!Number.isFinite(y)) {
      if (k && !isTabulated && Number.isFinite(values[k - 1])) run.push(...edge(f, numbers[k - 1], u));
      end(k && k + 1 < numbers.length && Number.isFinite(values[k - 1]) && Number.isFinite(values[k + 1]) ? u : null);
      return;
    }
    if (k && Number.isFinite(values[k - 1]) && Math.abs(y - values[k - 1]) > far) {
      const [left, right] = between(f, numbers[k - 1], u, values[k - 1], y, far);
      if (left) {
        run.push(left);
        end(left[0]);
        run.push(right);
      }
    } else if (k && !isTabulated && !Number.isFinite(values[k - 1])) run.push(...edge(f, u, numbers[k - 1]).reverse());
    run.push([u, y]);
  });
  end(null);
}
function edge(f, inside, outside) {
  // Towards where the function ends, between a point that has a value and one that has none.
  let found = [];
  for (let k = 0; k < 24; k++) {
    const middle = (inside + outside) / 2, y = f(middle);
    if (Number.isFinite(y)) { found = [[middle, y]]; inside = middle; } else outside = middle;
  }
  return found;
}
function between(f, a, b, fa, fb, far) {
  // Where a difference does not become small with its interval there is a jump or a pole.
  if (isTabulated) return Math.sign(fa) !== Math.sign(fb) && Math.abs(fb - fa) > 75 * far ? [[a, fa], [b, fb]] : [];
  const small = 0.6 * Math.abs(fb - fa);
  for (let k = 0; k < 40; k++) {
    const c = (a + b) / 2, fc = f(c);
    if (!Number.isFinite(fc)) return [[a, fa], [b, fb]];
    if (Math.abs(fc - fa) > Math.abs(fb - fc)) { b = c; fb = fc; } else { a = c; fa = fc; }
    if (Math.abs(fb - fa) < small) return [];
  }
  return [[a, fa], [b, fb]];
}
function ticks(low, high, count) {
  const raw = (high - low) / count, power = 10 ** Math.floor(Math.log10(raw));
  const step = power * [1, 2, 5, 10].find((n) => n * power >= raw * (1 - 1e-9));
  const found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++) found.push(k * step);
  return found;
}

const svg = $("plot");
const layers = {};
for (const name of ["grid", "clip", "front"]) layers[name] = drawn("g", {}, svg);
const box = drawn("rect", {}, drawn("clipPath", { id: "inside" }, drawn("defs", {}, svg)));
layers.clip.setAttribute("clip-path", "url(#inside)");
const lines = {
  gaps: drawn("path", { class: "gap" }, layers.clip),
  taylor: drawn("path", { class: "taylor" }, layers.clip),
  tangent: drawn("path", { class: "tangent" }, layers.clip),
  f: drawn("path", { class: "f" }, layers.clip),
  drop: drawn("path", { class: "drop" }, layers.clip),
};
const handle = drawn("g", { class: "handle", id: "handle", tabindex: "0", role: "slider" }, layers.front);
drawn("circle", { class: "halo", r: 9 }, handle);
drawn("circle", { class: "ring", r: 13 }, handle);
drawn("circle", { class: "dot", r: 6.5 }, handle);
drawn("circle", { r: 22, fill: "transparent" }, handle);
const view = { key: "", x: (u) => u, y: (v) => v, u: (p) => p };

function frame() {
  const wide = svg.clientWidth || 600, high = svg.clientHeight || 360;
  const numbers = variables[state.along].numbers;
  const a = numbers[0], b = numbers[numbers.length - 1] > a ? numbers[numbers.length - 1] : a + 1;
  const key = [wide, high, plot.key].join();
  if (key === view.key) return;
  view.key = key;
  const left = 56, right = wide - 14, top = 10, bottom = high - 30;
  view.x = (u) => left + ((u - a) / (b - a)) * (right - left);
  view.y = (v) => bottom - ((v - plot.low) / (plot.high - plot.low)) * (bottom - top);
  view.u = (p) => a + ((p - left) / (right - left)) * (b - a);
  for (const [name, value] of Object.entries({ x: left, y: top, width: right - left, height: bottom - top }))
    box.setAttribute(name, value);
  layers.grid.replaceChildren();
  for (const u of ticks(a, b, Math.max(3, wide / 70))) {
    drawn("path", { class: Math.abs(u) < 1e-12 * (b - a) ? "axis" : "grid", d: `M${view.x(u)} ${top}V${bottom}` }, layers.grid);
    drawn("text", { x: view.x(u), y: bottom + 19, "text-anchor": "middle" }, layers.grid).textContent = text(Math.abs(u) < 1e-12 * (b - a) ? 0 : u, 4);
  }
  drawn("text", { x: right, y: bottom - 7, "text-anchor": "end", class: "along" }, layers.grid).textContent = variables[state.along].name;
  const tall = plot.high - plot.low;
  for (const v of ticks(plot.low, plot.high, Math.max(3, high / 60))) {
    drawn("path", { class: Math.abs(v) < 1e-12 * tall ? "axis" : "grid", d: `M${left} ${view.y(v)}H${right}` }, layers.grid);
    drawn("text", { x: left - 8, y: view.y(v) + 4, "text-anchor": "end" }, layers.grid).textContent = text(Math.abs(v) < 1e-12 * tall ? 0 : v, 4);
  }
  const clipped = (v) => Math.max(-1e5, Math.min(1e5, view.y(v))).toFixed(2);
  lines.f.setAttribute("d", plot.runs.map((run) =>
    (run.length === 1 ? [...run, run[0]] : run).map(([u, v], k) => (k ? "L" : "M") + view.x(u).toFixed(2) + " " + clipped(v)).join("")).join(""));
  lines.gaps.setAttribute("d", plot.gaps.map((u) => `M${view.x(u).toFixed(2)} ${top}V${bottom}`).join(""));
  $("legend").querySelector(".gapped").hidden = !plot.gaps.length;
}
function polynomial(coefficients, at, u) {
  return coefficients.reduceRight((sum, c) => sum * (u - at) + c, 0);
}
function path(f) {
  const numbers = variables[state.along].numbers;
  const a = numbers[0], b = numbers[numbers.length - 1];
  let found = "";
  for (let k = 0; k <= 160; k++) {
    const u = a + ((b - a) * k) / 160, y = view.y(f(u));
    found += (k ? "L" : "M") + view.x(u).toFixed(2) + " " + Math.max(-1e5, Math.min(1e5, y)).toFixed(2);
  }
  return found;
}
function drawPlot(found) {
  curve();
  frame();
  const v = variables[state.along], at = found.x[state.along], value = found.value, slope = found.grad[state.along];
  const isKnown = value !== null && Number.isFinite(value);
  const isSloped = isKnown && slope !== null && Number.isFinite(slope);
  lines.tangent.setAttribute("d", isSloped ? path((u) => value + slope * (u - at)) : "");
  const series = found.series ? found.series.slice(0, state.order + 1) : null;
  lines.taylor.setAttribute("d", series ? path((u) => polynomial(series, at, u)) : "");
  const x = view.x(at), y = isKnown ? Math.max(-20, Math.min(5000, view.y(value))) : view.y(plot.low);
  lines.drop.setAttribute("d", isKnown ? `M${x} ${y}V${view.y(plot.low)}` : `M${x} ${view.y(plot.high)}V${view.y(plot.low)}`);
  handle.setAttribute("transform", `translate(${x.toFixed(2)} ${Math.max(2, Math.min(view.y(plot.low), y)).toFixed(2)})`);
  handle.classList.toggle("hollow", !isSloped);
  for (const [name, content] of Object.entries({
    label: `Point on the curve, along ${v.name}`, valuemin: v.numbers[0], valuemax: v.numbers[v.numbers.length - 1],
    valuenow: at, valuetext: `${v.name} = ${at}, ${data.name} = ${isKnown ? short(value) : "no value"}`,
  })) handle.setAttribute("aria-" + name, content);
  put($("polynomial"), series ? spelled(series, v.name, at) : "There is no Taylor polynomial of the tape here.");
  put($("order-shown"), String(state.order));
  $("order").setAttribute("aria-valuetext", "order " + state.order);
}
function spelled(series, name, at) {
  const base = at === 0 ? name : `(${name} ${at < 0 ? "+" : "−"} ${text(Math.abs(at), 6)})`;
  let found = "";
  series.forEach((c, k) => {
    if (c === 0) return;
    const size = text(Math.abs(c), 5), factor = k === 0 ? size : (size === "1" ? "" : size + "·") + base + raised(k);
    found += found ? (c < 0 ? " − " : " + ") + factor : (c < 0 ? "−" : "") + factor;
  });
  return found || "0";
}

// The tape, step by step ----------------------------------------------------------------------------------------
function code(content, kind) { return element("code", kind || "", content); }
function rules(record) { return record.edges.filter((edge) => edge[1] >= 0).map((edge, j) => [edge, record.rules[j]]); }

function sentence(found, seen) {
  const n = records.length, s = state.step, said = [];
  const total = n + reversed.length;
  if (s === 0) said.push("Nothing is computed yet. The first step forward reads ", code(records[0].operation), ".");
  else if (s <= n) {
    const record = records[s - 1], value = short(found.values[s - 1]);
    said.push(element("span", "place", `Forward, record ${s} of ${n}`));
    if (record.name === record.operation) said.push(code(record.name), ` is ${record.words}. Its value is `);
    else said.push(code(`${record.name} = ${record.operation}`), `: ${record.words}. Its value is `);
    said.push(code(value || "none", "value"), ".");
  } else if (s < total || !seen.isWhole) {
    const k = reversed[s - n - 1], record = records[k], adjoint = seen.adjoints[k];
    said.push(element("span", "place", `Backward, record ${s - n} of ${reversed.length}`));
    if (adjoint === null && found.status) said.push("The tape has no adjoint for ", code(record.name), ": ", found.message + ". ");
    else {
      said.push("The adjoint of ", code(record.name), k === root ? ` (${data.name} itself) is ` : " is complete: ");
      said.push(code(short(adjoint ?? 0) || "none", "adjoint"), ". ");
    }
    const passed = rules(record);
    if (adjoint === null && found.status) passed.length = 0;
    else if (!record.edges.length) said.push("It is the derivative ", code(`d${data.name}/d${record.name}`), ".");
    else if (adjoint === null) said.push("Nothing that was taken needs it, so nothing is passed on.");
    passed.forEach(([edge, rule], j) => {
      if (adjoint === null) return;
      const partial = found.partials[edge[1]];
      said.push(j ? "; " : "By the rule ", code(`∂${record.name}/∂${rule.by} = ${rule.formula}`), " = ", code(short(partial) || "none"));
      said.push(", ", code(rule.by), " receives ");
      if (partial === null || !Number.isFinite(partial)) said.push("nothing that is a number");
      else said.push(code(`${short(adjoint)} × ${short(partial)} = ${short(adjoint * partial)}`, "adjoint"));
    });
    if (passed.length && adjoint !== null) said.push(".");
  }
  if (s === total) {
    if (said.length) said.push(element("br"));
    if (found.status) said.push("The tape does not come back from here: ", found.message + ".");
    else said.push("The tape has run forward and back: every value and every adjoint is known. Step back to see how.");
  }
  $("sentence").replaceChildren(...said);
}

function drawTape(found) {
  const n = records.length, s = state.step, back = Math.max(0, s - n);
  const isWhole = back >= reversed.length;
  const seen = { isWhole, adjoints: found.adjoints };
  if (!isWhole && found.status) seen.adjoints = found.adjoints.map((x, k) => (reversed.indexOf(k) < back ? x : null));
  else if (!isWhole) seen.adjoints = sweep(found.partials, back);
  const current = s === 0 ? -1 : s <= n ? s - 1 : reversed[back - 1];
  const direction = s <= n ? "forward" : "backward";
  const rest = s === n + reversed.length && !state.isStepping;
  records.forEach((record, k) => {
    const isFilled = k < s, value = isFilled ? found.values[k] : null;
    const adjoint = s > n ? seen.adjoints[k] : null;
    put(cells[k].nodeValue, isFilled ? short(value) : "");
    put(cells[k].nodeAdjoint, adjoint === null ? "" : short(adjoint));
    put(cells[k].rowValue, isFilled ? long(value) : "");
    put(cells[k].rowAdjoint, adjoint === null ? "" : long(adjoint));
    const isNow = k === current && !rest;
    mark(cells[k].node, isNow, direction);
    cells[k].node.classList.toggle("waiting", !isFilled);
    mark(cells[k].row, isNow, direction);
    cells[k].edges.forEach(([group, label, partial, shown, formula]) => {
      const slope = partial < 0 || k >= s ? null : found.partials[partial];
      put(label, slope === null ? "" : text(slope, 4));
      put(shown, slope === null || slope === undefined || text(slope, 17) === formula ? "" : " = " + long(slope));
      mark(group, isNow, direction);
    });
  });
  sentence(found, seen);
  const step = $("step");
  step.value = s;
  step.setAttribute("aria-valuetext", s === 0 ? "beginning" : `${direction}, ${current < 0 ? "" : records[current].name}`);
  $("first").disabled = $("back").disabled = s === 0;
  $("last").disabled = $("forth").disabled = s === n + reversed.length;
}
function mark(target, isNow, direction) {
  target.classList.toggle("now", isNow);
  target.classList.toggle("forward", isNow && direction === "forward");
  target.classList.toggle("backward", isNow && direction === "backward");
}
const cells = records.map((record, k) => ({
  node: $("n" + k), nodeValue: $("nv" + k), nodeAdjoint: $("na" + k),
  row: $("r" + k), rowValue: $("rv" + k), rowAdjoint: $("ra" + k),
  edges: record.edges.map((edge, j) => {
    const group = $(`e${k}-${j}`), rule = rules(record).find(([other]) => other === edge);
    return [group, group.querySelector("text"), edge[1], $("p" + edge[1]), rule && rule[1].formula];
  }),
}));

// All of it -----------------------------------------------------------------------------------------------------
function draw() {
  const found = solved();
  put($("shown-value"), found.isStart ? data.start.shown.value : long(found.value) || "none");
  variables.forEach((v, k) => {
    put($("shown-d" + k), found.isStart ? data.start.shown.grad[k] : long(found.grad[k]) || "none");
    const slider = $("x" + k), x = found.x[k];
    slider.value = state.index[k];
    slider.setAttribute("aria-valuetext", `${v.name} = ${x}`);
    put($("now" + k), String(x));
  });
  $("notice").hidden = !found.message;
  put($("notice-status"), found.message.includes(found.status + ":") ? "" : found.status);
  put($("notice-text"), found.message);
  $("reset").disabled = found.isStart;
  drawPlot(found);
  drawTape(found);
}
function move(k, index) {
  const v = variables[k];
  if (isTabulated) {
    variables.forEach((other, j) => { if (j !== k) state.index[j] = other.start; });
    choose(k);
  }
  state.index[k] = Math.max(0, Math.min(v.numbers.length - 1, index));
  draw();
}
function choose(k) {
  state.along = k;
  const radio = $("along" + k);
  if (radio) radio.checked = true;
}
function step(to) {
  const before = state.step;
  state.step = Math.max(0, Math.min(records.length + reversed.length, to));
  state.isStepping = true;
  drawTape(solved());
  if (before !== state.step) follow();
}
function follow() {
  const node = document.querySelector(".node.now"), scroll = $("scroll");
  if (!node || scroll.scrollWidth <= scroll.clientWidth) return;
  const here = node.getBoundingClientRect(), frame = scroll.getBoundingClientRect();
  const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  scroll.scrollBy({ left: here.left + here.width / 2 - frame.left - frame.width / 2, behavior: isCalm ? "auto" : "smooth" });
}
let timer = 0;
function play(isOn) {
  clearInterval(timer);
  timer = 0;
  $("play").setAttribute("aria-pressed", String(isOn));
  put($("play"), isOn ? "Pause" : "Play");
  if (!isOn) return;
  if (state.step === records.length + reversed.length) step(0);
  timer = setInterval(() => {
    step(state.step + 1);
    if (state.step === records.length + reversed.length) play(false);
  }, 1200);
}

variables.forEach((v, k) => {
  $("x" + k).addEventListener("input", (event) => move(k, Number(event.target.value)));
  const radio = $("along" + k);
  if (radio) radio.addEventListener("change", () => {
    if (isTabulated) state.index = variables.map((other) => other.start);
    choose(k);
    draw();
  });
});
$("order").addEventListener("input", (event) => { state.order = Number(event.target.value); draw(); });
$("reset").addEventListener("click", () => { state.index = variables.map((v) => v.start); draw(); });
for (const [id, to] of Object.entries({ first: () => 0, back: () => state.step - 1, forth: () => state.step + 1, last: () => Infinity }))
  $(id).addEventListener("click", () => { play(false); step(to()); });
$("step").addEventListener("input", (event) => { play(false); step(Number(event.target.value)); });
$("play").addEventListener("click", () => play(!timer));
records.forEach((_, k) => {
  const go = () => { play(false); step(k + 1); };
  cells[k].node.addEventListener("click", go);
  cells[k].row.querySelector("button").addEventListener("click", go);
});

function nearest(u) {
  const numbers = variables[state.along].numbers;
  let low = 0, high = numbers.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (numbers[middle] <= u) low = middle; else high = middle;
  }
  return u - numbers[low] <= numbers[high] - u ? low : high;
}
function drag(event) { move(state.along, nearest(view.u(event.clientX - svg.getBoundingClientRect().left))); }
svg.addEventListener("pointerdown", (event) => {
  if (event.button) return;
  svg.setPointerCapture(event.pointerId);
  handle.focus({ preventScroll: true });
  event.preventDefault();
  drag(event);
});
svg.addEventListener("pointermove", (event) => { if (svg.hasPointerCapture(event.pointerId)) drag(event); });
handle.addEventListener("keydown", (event) => {
  const last = variables[state.along].numbers.length - 1, here = state.index[state.along];
  const to = { ArrowLeft: here - 1, ArrowDown: here - 1, ArrowRight: here + 1, ArrowUp: here + 1,
    PageDown: here - 20, PageUp: here + 20, Home: 0, End: last }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  move(state.along, to);
});
$("copy").addEventListener("click", async () => {
  const selected = document.getSelection();
  selected.selectAllChildren($("code"));
  try {
    await navigator.clipboard.writeText($("code").textContent);
    selected.removeAllRanges();
    put($("copy"), "Copied");
  } catch {
    put($("copy"), "Selected: Ctrl+C");
  }
});
new ResizeObserver(() => { const found = solved(); drawPlot(found); }).observe(svg);
draw();
$("graph").style.minWidth = 0.74 * Number($("graph").getAttribute("width")) + "px";
document.documentElement.dataset.ready = "true";
})();
