// The charts of an experiment's runs: learning curves, and parallel coordinates. A run that is
// pointed at, or chosen by the arrow keys, is emphasised in both and in the table. When the page has
// new data the charts show them; the ranges that were dragged stay.
(function () {
  "use strict";
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const charts = new Map(); // by the element of each
  let text = ""; // the JSON that `data` was read from
  let data = null;
  let said = null;
  let rows = new Map();
  let chosen = null;

  // A number as people read it: four digits, with an exponent where it is very small or large.
  function read(value) {
    if (typeof value !== "number") return String(value ?? "none");
    const size = Math.abs(value);
    if (Number.isInteger(value) && size < 1e6) return String(value);
    const plain = size >= 1e-3 && size < 1e6;
    return plain ? String(Number(value.toPrecision(4))) : Number(value.toPrecision(3)).toExponential();
  }

  // The bounds of an axis at round numbers.
  function round(low, high) {
    if (high <= low) return [low - (Math.abs(low) || 1) / 2, low + (Math.abs(low) || 1) / 2];
    const step = 10 ** Math.floor(Math.log10(high - low)) / 5;
    const fix = (value) => Number((value * step).toPrecision(12));
    return [fix(Math.floor(low / step)), fix(Math.ceil(high / step))];
  }

  function colours() {
    const style = getComputedStyle(document.documentElement);
    const find = (name) => style.getPropertyValue(name).trim();
    return { text: find("--text"), quiet: find("--quiet"), line: find("--line"), card: find("--card") };
  }

  function lineColour(run, theme) {
    return data.runs[run].colour || theme.quiet;
  }

  function describe(run, point) {
    const parts = [data.runs[run].name];
    if (point) parts.push(`${data.metric} ${read(point[1])} at ${read(point[0])}`);
    if (data.parallel) {
      data.parallel.axes.forEach((axis, index) => {
        const value = data.parallel.values[run][index];
        if (value !== null) parts.push(`${axis.name} ${read(value)}`);
      });
    }
    return parts.join(" · ");
  }

  // Emphasise a run everywhere, none with null.
  function choose(run, point) {
    if (run !== chosen) {
      charts.forEach((one) => one.emphasise(chosen, run));
      rows.get(chosen)?.classList.remove("chosen");
      rows.get(run)?.classList.add("chosen");
      chosen = run;
    }
    if (said) said.textContent = run === null ? said.dataset.hint : describe(run, point);
  }

  function tick(run) {
    const box = rows.get(run)?.querySelector("input[name=run]");
    if (box) box.checked = !box.checked;
  }

  function listen(element, one) {
    element.addEventListener("mousemove", (event) => {
      const box = element.getBoundingClientRect();
      const found = one.find(event.clientX - box.left, event.clientY - box.top);
      choose(found ? found.run : null, found ? found.point : null);
    });
    element.addEventListener("mouseleave", () => choose(null));
    element.addEventListener("click", () => chosen !== null && tick(chosen));
    element.addEventListener("keydown", (event) => {
      const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
      const order = one.order;
      const place = order.indexOf(chosen);
      const size = order.length;
      if (event.key in steps) choose(order[(Math.max(place, -1) + steps[event.key] + size) % size]);
      else if (event.key === "Home") choose(order[0]);
      else if (event.key === "End") choose(order[size - 1]);
      else if (event.key === "Escape") choose(null);
      else if (event.key === "Enter" && chosen !== null) tick(chosen);
      else return;
      event.preventDefault();
    });
  }

  // Show lines in the chart of an element: `order` are their runs, `option` makes ECharts' option of
  // colours, and `find` gives the run near to a place.
  function show(id, order, option, find) {
    const element = document.getElementById(id);
    const known = charts.get(element);
    const one = known || { chart: echarts.init(element, null, { renderer: "canvas" }) };
    const index = new Map(order.map((run, place) => [run, place]));
    const dispatch = (type, run) => {
      if (index.has(run)) one.chart.dispatchAction({ type, seriesIndex: 0, dataIndex: index.get(run) });
    };
    one.order = order;
    one.find = find(one.chart);
    one.draw = () => {
      const ranges = readRanges(one.chart);
      one.chart.setOption(option(colours()), true);
      restoreRanges(one.chart, ranges);
    };
    one.emphasise = (before, run) => {
      dispatch("downplay", before);
      dispatch("highlight", run);
    };
    one.draw();
    element.dataset.lines = order.length;
    if (known) return null;
    charts.set(element, one);
    dark.addEventListener("change", () => one.draw());
    new ResizeObserver(() => one.chart.resize()).observe(element);
    listen(element, one);
    return one.chart;
  }

  const axesOf = (chart) => chart.getModel()?.queryComponents({ mainType: "parallelAxis" }) || [];

  // The dragged ranges of a chart, by the names of its axes.
  function readRanges(chart) {
    return new Map(axesOf(chart).map((axis) => [axis.name, axis.activeIntervals]));
  }

  function restoreRanges(chart, ranges) {
    for (const { name, id } of axesOf(chart)) {
      const intervals = ranges.get(name);
      if (intervals?.length) {
        chart.dispatchAction({ type: "axisAreaSelect", parallelAxisId: id, intervals });
      }
    }
  }

  function emphasis(colour) {
    return { lineStyle: { width: 4, opacity: 1, color: colour } };
  }

  function axisStyle(theme) {
    return {
      axisLine: { show: true, lineStyle: { color: theme.quiet } },
      axisLabel: { color: theme.quiet, hideOverlap: true, formatter: read },
      nameTextStyle: { color: theme.text },
      splitLine: { lineStyle: { color: theme.line } },
    };
  }

  function addCurves(curves) {
    const runs = curves.map((curve) => curve.run);
    const points = curves.map(({ x, y }) => y.map((value, at) => [x ? x[at] : at, value]));
    const all = points.flat();
    const least = (place) => all.reduce((found, point) => Math.min(found, point[place]), Infinity);
    const most = (place) => all.reduce((found, point) => Math.max(found, point[place]), -Infinity);
    const [first, last] = [least(0), most(0)];
    const [low, high] = round(least(1), most(1));
    const option = (theme) => ({
      animation: false,
      grid: { left: 8, right: 24, top: 34, bottom: 8, outerBoundsMode: "same" },
      xAxis: {
        type: "value", name: "step", nameLocation: "middle", nameGap: 26,
        min: first, max: last > first ? last : first + 1, ...axisStyle(theme),
      },
      yAxis: {
        type: "value", name: data.metric, min: low, max: high,
        ...axisStyle(theme), nameTextStyle: { color: theme.text, align: "left" },
      },
      dataZoom: [{ type: "inside", xAxisIndex: 0, filterMode: "none", zoomOnMouseWheel: "shift" }],
      series: [{
        type: "lines", coordinateSystem: "cartesian2d", polyline: true, clip: true, silent: true,
        lineStyle: { width: 1.5, opacity: 0.75 },
        emphasis: emphasis(),
        data: points.map((coords, place) => ({
          coords, lineStyle: { color: lineColour(runs[place], theme) },
        })),
      }],
    });
    show("curves", runs, option, (chart) => (x, y) => {
      if (!chart.containPixel("grid", [x, y])) return null;
      const at = chart.convertFromPixel("grid", [x, y]);
      const scale = Math.abs(chart.convertFromPixel("grid", [x, y + 1])[1] - at[1]);
      let best = null;
      points.forEach((curve, place) => {
        const point = nearest(curve, at[0]);
        const distance = Math.abs(point[1] - at[1]) / scale;
        if (!best || distance < best.distance) best = { distance, run: runs[place], point };
      });
      return best && best.distance < 40 ? best : null;
    });
  }

  // The point of a curve whose x is nearest; x never falls where steps are in order.
  function nearest(curve, x) {
    let low = 0;
    let high = curve.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (curve[middle][0] <= x) low = middle;
      else high = middle;
    }
    return x - curve[low][0] < curve[high][0] - x ? curve[low] : curve[high];
  }

  function addParallel(parallel) {
    const runs = data.runs.map((_, run) => run);
    const option = (theme) => ({
      animation: false,
      parallel: {
        left: 36, right: 84, top: 46, bottom: 20,
        parallelAxisDefault: {
          nameTextStyle: { color: theme.text }, nameGap: 18, nameTruncate: { maxWidth: 110 },
          axisLine: { lineStyle: { color: theme.quiet } },
          axisTick: { lineStyle: { color: theme.quiet } },
          axisLabel: {
            color: theme.text, formatter: read, width: 76, overflow: "truncate",
            textBorderColor: theme.card, textBorderWidth: 3,
          },
          areaSelectStyle: { width: 22, opacity: 0.25 },
        },
      },
      parallelAxis: parallel.axes.map((axis, dim) => ({
        dim, name: axis.name, id: axis.name,
        ...(axis.categories
          ? { type: "category", data: axis.categories }
          : { type: "value", scale: true, min: axis.low, max: axis.high }),
      })),
      series: [{
        type: "parallel", silent: true, progressive: 0, inactiveOpacity: 0.04,
        lineStyle: { width: 1.5, opacity: 0.75 },
        emphasis: emphasis(),
        data: parallel.values.map((value, run) => ({
          value: value.map((cell) => (cell === null ? "-" : cell)),
          lineStyle: { color: lineColour(run, theme) },
        })),
      }],
    });
    const chart = show("parallel", runs, option, (one) => (x, y) => findLine(one, parallel, x, y));
    chart?.on("axisareaselected", () => showSelected(chart));
    showSelected(echarts.getInstanceByDom(document.getElementById("parallel")));
  }

  // The table shows the runs in the dragged ranges alone.
  function showSelected(chart) {
    const model = chart.getModel().getSeriesByIndex(0);
    const inside = new Set(model.getRawIndicesByActiveState("active"));
    const all = inside.size === 0 && !isBrushed(chart);
    rows.forEach((row, run) => {
      row.hidden = !all && !inside.has(run);
      row.toggleAttribute("data-outside", row.hidden);
    });
    document.dispatchEvent(new Event("rows-changed"));
    const shown = document.getElementById("shown");
    if (shown) shown.textContent = all ? "" : `, ${inside.size} in the selected ranges`;
  }

  function isBrushed(chart) {
    return axesOf(chart).some((axis) => axis.activeIntervals.length);
  }

  // The run whose line between two axes is nearest to a place.
  function findLine(chart, parallel, x, y) {
    const system = chart.getModel().getComponent("parallel").coordinateSystem;
    const place = (run, index) => {
      const value = parallel.values[run][index];
      return value === null ? null : system.dataToPoint(value, system.dimensions[index]);
    };
    let best = null;
    data.runs.forEach((_, run) => {
      for (let index = 0; index + 1 < parallel.axes.length; index += 1) {
        const left = place(run, index);
        const right = place(run, index + 1);
        if (!left || !right || x < left[0] || x > right[0]) continue;
        const share = (x - left[0]) / (right[0] - left[0]);
        const distance = Math.abs(left[1] + (right[1] - left[1]) * share - y);
        if (distance < 20 && (!best || distance < best.distance)) best = { distance, run };
      }
    });
    return best;
  }

  function update() {
    const source = document.getElementById("runs-data");
    said = document.getElementById("said");
    rows = new Map(
      Array.from(document.querySelectorAll("tr[data-run]"), (row) => [Number(row.dataset.run), row])
    );
    rows.forEach((row) => {
      row.onmouseenter = () => choose(Number(row.dataset.run));
      row.onmouseleave = () => choose(null);
    });
    if (!source || source.textContent === text) return;
    text = source.textContent;
    data = JSON.parse(text);
    document.querySelectorAll("tr.chosen").forEach((row) => row.classList.remove("chosen"));
    chosen = null;
    if (data.curves.length) addCurves(data.curves);
    if (data.parallel) addParallel(data.parallel);
    choose(null);
  }

  document.addEventListener("page-changed", update);
  update();
})();
