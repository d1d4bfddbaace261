-- Counts what is sent in a file that others have mapped too: wrk ... URL -- FILE. At the end wrk prints what it measured as
-- one line of JSON.
local ffi = require("ffi")
ffi.cdef [[
int open(const char *path, int flags, ...);
void *mmap(void *address, size_t length, int protection, int flags, int descriptor, long offset);
]]
local READ_WRITE, SHARED = 3, 1
local sent, octets

function init(arguments)
  local descriptor = ffi.C.open(arguments[1], 2)
  sent = ffi.cast("uint64_t *", ffi.C.mmap(nil, 8, READ_WRITE, SHARED, descriptor, 0))
  octets = wrk.format()
end

function request()
  sent[0] = sent[0] + 1
  return octets
end

function done(summary)
  local errors = summary.errors
  io.write(string.format('\nRESULT {"requests": %d, "refused": %d, "broken": %d, "late": %d}\n', summary.requests,
    errors.status, errors.connect + errors.read + errors.write, errors.timeout))
end
