// The pre-shared key of PSK TLS: asked for when it is known what it is for, held for the handshake
// alone [UA-6 KEY-2 KEY-4].
#pragma once

#include "base/result.h"
#include "base/secret.h"
#include "tls/profile.h"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <string>

namespace ut::tls {

// What is known when the key is needed. In TLS 1.3 that is before the ClientHello: no suite and no
// hint. In TLS 1.2 it is after the server's first flight.
struct PskRequest {
  Version version = Version::tls13;
  std::uint16_t suite = 0;  // IANA number; 0 in TLS 1.3
  std::string hint{};       // psk_identity_hint as the server sent it; empty without one
};

struct Psk {
  std::string identity;  // psk_identity, 1 to 512 octets without NUL
  SecretBytes key;       // 1 to 64 octets
};

// Gives the key; an error ends the handshake with it.
using PskSource = std::function<boost::asio::awaitable<Result<Psk>>(PskRequest)>;

}  // namespace ut::tls
