-- Asks for the paths it is given, one after the other, and tells in one line what came of it: requests, seconds, the
-- latencies at the middle, at 99 in a hundred and the longest in microseconds, answers of status 400 and above, and
-- requests that ended without an answer.

local requests = {}
local asked = 0

function init(paths)
  for at, path in ipairs(paths) do
    requests[at] = wrk.format("GET", path)
  end
end

function request()
  asked = asked + 1
  return requests[asked % #requests + 1]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format("measured %d %f %d %d %d %d %d\n",
    summary.requests, summary.duration / 1e6,
    latency:percentile(50), latency:percentile(99), latency.max,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
