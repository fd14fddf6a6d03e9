// The parts of Apache ECharts that the console uses; a part that is not named here is not bundled.
import * as echarts from "echarts/core";
import { LinesChart, ParallelChart } from "echarts/charts";
import { DataZoomInsideComponent, GridComponent, ParallelComponent } from "echarts/components";
import { CanvasRenderer } from "echarts/renderers";

echarts.use([
  LinesChart,
  ParallelChart,
  DataZoomInsideComponent,
  GridComponent,
  ParallelComponent,
  CanvasRenderer,
]);
window.echarts = echarts;
