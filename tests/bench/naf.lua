-- The upstream as a NAF of TS 33.222 clause 5.3: HTTP Digest (RFC 7616, MD5, qop auth) with a
-- GBA key, checked in full, and its own proof (rspauth) in every answer. It asks the BSF for a key
-- over Zn and derives nothing itself. One nginx process serves all, so its state is Lua's.
local fqdn = ...
local byte, find, sub = string.byte, string.find, string.sub
local QUOTE = byte('"')
local realm = "3GPP-bootstrapping@" .. fqdn
local opaque = ngx.md5(realm)

-- IANA numbers of the suites by OpenSSL's names: the last two octets of the Ua security protocol
-- identifier 01 00 01 yy zz (TS 33.220 annex H.3).
local suite_numbers = {
  ["TLS_AES_128_GCM_SHA256"] = 0x1301,
  ["TLS_AES_256_GCM_SHA384"] = 0x1302,
  ["TLS_CHACHA20_POLY1305_SHA256"] = 0x1303,
  ["ECDHE-ECDSA-AES128-GCM-SHA256"] = 0xc02b,
  ["ECDHE-ECDSA-AES256-GCM-SHA384"] = 0xc02c,
  ["ECDHE-ECDSA-CHACHA20-POLY1305"] = 0xcca9,
}

local statistics = {
  connections = 0,    -- TLS connections that carried a request
  authenticated = 0,  -- requests with a right response
  challenges = 0,     -- 401 to a request without Authorization
  nonces = 0,         -- those of them that were used at least once
  refused = 0,        -- 401 to an Authorization
  reasons = {},       -- for those
}
local used = {}   -- by nonce: the nonce counts seen, and under "any" whether there were any
local ha1s = {}   -- by B-TID and suite

local function challenge()
  local nonce = ngx.md5(ngx.now() .. math.random() .. ngx.var.request_id)
  used[nonce] = {}
  ngx.header["WWW-Authenticate"] = 'Digest realm="' .. realm .. '", nonce="' .. nonce ..
    '", opaque="' .. opaque .. '", algorithm=MD5, qop="auth"'
  ngx.exit(401)
end

local function refuse(reason)
  statistics.refused = statistics.refused + 1
  statistics.reasons[reason] = (statistics.reasons[reason] or 0) + 1
  challenge()
end

-- MD5(username:realm:password), the password being Ks_NAF in base64 (TS 24.109 clause 5.2).
local function ha1_of(b_tid)
  local suite = suite_numbers[ngx.var.ssl_cipher]
  if not suite then return nil end
  local name = b_tid .. " " .. suite
  if not ha1s[name] then
    local answer = ngx.location.capture("/zn", {
      method = ngx.HTTP_POST,
      body = string.format('{"b_tid": "%s", "naf": "%s", "suite": %d}', b_tid, fqdn, suite),
    })
    local ks_naf = answer.status == 200 and answer.body:match('"ks_naf":"([^"]+)"')
    if not ks_naf then return nil end
    ha1s[name] = ngx.md5(b_tid .. ":" .. realm .. ":" .. ks_naf)
  end
  return ha1s[name]
end

-- One parameter of Authorization. Plain searches alone, which LuaJIT compiles: with patterns this
-- server would be the slowest part of the way, and the relays would idle.
local function parameter(authorization, name)
  local _, from = find(authorization, " " .. name .. "=", 1, true)
  if not from then return nil end
  if byte(authorization, from + 1) == QUOTE then
    local to = find(authorization, '"', from + 2, true)
    return to and sub(authorization, from + 2, to - 1)
  end
  local to = find(authorization, ",", from + 1, true)
  return sub(authorization, from + 1, to and to - 1 or -1)
end

local function check()
  if ngx.var.connection_requests == "1" then
    statistics.connections = statistics.connections + 1
  end
  local authorization = ngx.var.http_authorization
  if not authorization then
    statistics.challenges = statistics.challenges + 1
    return challenge()
  end
  if parameter(authorization, "realm") ~= realm then return refuse("realm") end
  if parameter(authorization, "opaque") ~= opaque then return refuse("opaque") end
  if parameter(authorization, "qop") ~= "auth" then return refuse("qop") end
  local uri = parameter(authorization, "uri")
  if uri ~= ngx.var.request_uri then return refuse("uri") end
  local nonce = parameter(authorization, "nonce")
  local nc = parameter(authorization, "nc")
  local cnonce = parameter(authorization, "cnonce")
  local counts = used[nonce]
  if not counts then return refuse("nonce") end
  if not nc or not cnonce or counts[nc] then return refuse("nonce count") end
  local ha1 = ha1_of(parameter(authorization, "username"))
  if not ha1 then return refuse("B-TID") end
  local middle = ":" .. nonce .. ":" .. nc .. ":" .. cnonce .. ":auth:"
  local ha2 = ngx.md5(ngx.var.request_method .. ":" .. uri)
  if parameter(authorization, "response") ~= ngx.md5(ha1 .. middle .. ha2) then
    return refuse("response")
  end
  if not counts.any then
    counts.any = true
    statistics.nonces = statistics.nonces + 1
  end
  counts[nc] = true
  statistics.authenticated = statistics.authenticated + 1
  ngx.header["Authentication-Info"] = 'qop=auth, rspauth="' ..
    ngx.md5(ha1 .. middle .. ngx.md5(":" .. uri)) .. '", cnonce="' .. cnonce .. '", nc=' .. nc
end

local function say_statistics()
  local members = {}
  for name, value in pairs(statistics) do
    if type(value) == "number" then
      members[#members + 1] = string.format('"%s": %d', name, value)
    end
  end
  for reason, count in pairs(statistics.reasons) do
    members[#members + 1] = string.format('"refused, %s": %d', reason, count)
  end
  ngx.say("{" .. table.concat(members, ", ") .. "}")
end

return { check = check, say_statistics = say_statistics }
