// One connection to a NAF as the gateway sees it: TLS, or plain http in builds for conformance
// tests. Loop thread only.
#pragma once

#include "agent/ports.h"
#include "agent/ua/method.h"
#include "base/clock.h"
#include "base/net/path.h"
#include "base/result.h"

#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>

namespace ut::ua {

// Of a channel that is authenticated both ways by a key: its requests need no digest.
struct PskFacts {
  std::string b_tid;
  std::string ua_protocol_id;  // ten hexadecimal digits
  std::uint64_t epoch = 0;     // of the subscriber whose key it is
};

// Of a channel on which we proved ourselves by a certificate: nor do its requests.
struct CertificateFacts {
  bool enrolled = false;  // of the PKI portal; else from a file, and not ISIM based [UT-3]
  UtcTime end{};          // of its validity
};

// What the handshake settled [UT-11].
struct ChannelFacts {
  std::string tls_version;  // "TLSv1.3"; "none" without TLS
  std::string suite_name;   // IANA name
  std::string group;        // IANA name
  std::uint16_t suite = 0;  // IANA number: part of the Ua security protocol identifier [KEY-2]
  bool resumed = false;
  std::optional<PskFacts> psk{};  // PSK TLS
  std::optional<CertificateFacts> certificate{};

  // Requests on the channel need no authentication of their own.
  bool authenticates_subscriber() const { return psk || certificate; }
  bool plain_http = false;  // no TLS at all: nothing above is negotiated [UA-10]
};

using IoResult = std::tuple<boost::system::error_code, std::size_t>;

class Channel {
 public:
  virtual ~Channel() = default;

  virtual const ChannelFacts& facts() const = 0;

  // At most one of each outstanding; the octets stay valid until it completes.
  virtual ports::Task<IoResult> read_some(std::span<std::uint8_t> to) = 0;
  // Writes all of both, gathered, else an error.
  virtual ports::Task<IoResult> write(ByteView header, ByteView body) = 0;
  // The same when it needs no waiting. nullopt when something is left: write() with the same octets
  // goes on.
  virtual std::optional<IoResult> write_now(ByteView header, ByteView body) {
    static_cast<void>(header);
    static_cast<void>(body);
    return std::nullopt;
  }

  // Between two exchanges: false when the peer closed the channel or sent something unasked.
  virtual bool still_idle() = 0;

  // The peer failed an authentication above TLS: closes, and its TLS session is not resumed
  // [UT-12].
  virtual void fail_authentication() = 0;

  // Whether an answer can still come by it, after this machine came into another network.
  virtual net::Path path() const = 0;

  // Ends outstanding operations with an error.
  virtual void close() = 0;

  // The Error behind the error code of an operation on this channel.
  virtual Error error(const boost::system::error_code& code, std::string_view where) const = 0;
};

// Makes channels; the server is authenticated before one is given out [UT-1], except where the NAF
// is configured for plain http [UA-10].
class Connector {
 public:
  virtual ~Connector() = default;
  // Ends by itself within the time that the configuration sets.
  virtual ports::Task<Result<std::unique_ptr<Channel>>> connect(NafAddress naf,
                                                                ports::Cause cause = {}) = 0;
  // Looks whether the CAs that vouch for NAFs are others now. Nothing that the old ones vouched for
  // is used again when they are [UT-2].
  virtual bool refresh_trust() { return false; }
  // The subscriber has gone: nothing that was agreed with a NAF for him is resumed [IS-6].
  virtual void forget_sessions() = 0;
  // An association ended: nothing that was made with its keys is resumed [KEY-3].
  virtual void forget_sessions_of(std::string_view b_tid) = 0;
};

}  // namespace ut::ua
