-- wrk's script (wrk, SCRIPTING): arguments are the body's file, then headers; figures go out as JSON.

function init(arguments)
   local file = assert(io.open(arguments[1], "rb"))
   wrk.method = "POST"
   wrk.body = file:read("*a")
   file:close()
   for place = 2, #arguments do
      local name, value = arguments[place]:match("^([^:]+): (.*)$")
      wrk.headers[name] = value
   end
   request = wrk.format()
   wrk.request = function() return request end
end

function done(summary, latency)
   local errors = summary.errors
   local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
   io.write(string.format(
      '{"requests": %d, "microseconds": %d, "p50": %d, "p99": %d, "p999": %d, "failed": %d}\n',
      summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
      latency:percentile(99.9), failed))
end
