-- One delivery a request: the same signed body, a delivery id that was never sent before.
local file = assert(io.open(os.getenv("DOOR_BODY"), "rb"))
wrk.method = "POST"
wrk.body = file:read("*a")
file:close()
for line in io.lines(os.getenv("DOOR_HEADERS")) do
  local name, value = line:match("^(.-): (.*)$")
  wrk.headers[name] = value
end

local run, sent = os.getenv("DOOR_RUN"), 0

function request()
  sent = sent + 1
  wrk.headers["x-github-delivery"] = run .. "-" .. sent
  return wrk.format()
end

function done(summary, latency)
  local errors = summary.errors
  print(string.format(
    '{"requests": %d, "seconds": %.6f, "refused": %d, "broken": %d, "p50": %.3f, "p99": %.3f}',
    summary.requests, summary.duration / 1e6, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
