#include "tls/server_flight.h"

#include "base/encoding.h"

#include <algorithm>
#include <array>
#include <bit>
#include <string>
#include <utility>

namespace ut::tls {
namespace {

constexpr std::size_t kRecordHeader = 5;
constexpr std::size_t kMessageHeader = 4;
// RFC 5246 section 6.2.3 lets a protected record be this long.
constexpr std::size_t kLargestRecord = 16384 + 2048;
// A ServerHello or ServerKeyExchange is far smaller.
constexpr std::size_t kLargestMessage = 16384;

constexpr std::uint8_t kChangeCipherSpec = 20;
constexpr std::uint8_t kAlert = 21;
constexpr std::uint8_t kHandshake = 22;

constexpr std::uint8_t kServerHello = 2;
constexpr std::uint8_t kCertificate = 11;
constexpr std::uint8_t kServerKeyExchange = 12;
constexpr std::uint8_t kCertificateRequest = 13;
constexpr std::uint8_t kServerHelloDone = 14;
constexpr std::uint8_t kCertificateStatus = 22;

constexpr std::uint16_t kMaxFragmentLength = 1;
constexpr std::uint16_t kTruncatedHmac = 4;
constexpr std::uint16_t kApplicationProtocol = 16;
constexpr std::uint16_t kExtendedMasterSecret = 23;
constexpr std::uint16_t kPreSharedKey = 41;
constexpr std::uint16_t kEarlyData = 42;
constexpr std::uint16_t kSupportedVersions = 43;
constexpr std::uint16_t kKeyShare = 51;

// RFC 8446 section 4.1.3: SHA-256 of "HelloRetryRequest".
constexpr std::array<std::uint8_t, 32> kRetryRandom = {
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};
// The end of the random of a server that was made to choose an older version than it can.
constexpr std::array<std::uint8_t, 7> kDowngrade = {'D', 'O', 'W', 'N', 'G', 'R', 'D'};

std::unexpected<Error> malformed(std::string what) {
  return fail(ErrorCode::tls_handshake_failed, "server flight",
              "the server does not speak TLS: " + std::move(what));
}

std::unexpected<Error> violated(std::string what) {
  return fail(ErrorCode::tls_profile_violated, "server flight", std::move(what));
}

std::unexpected<Error> not_psk(std::string what) {
  return fail(ErrorCode::tls_psk_not_chosen, "server flight", std::move(what));
}

std::string number(std::uint16_t value) {
  return "0x" + to_hex(std::array{static_cast<std::uint8_t>(value >> 8),
                                  static_cast<std::uint8_t>(value & 0xff)});
}

bool belongs_to_certificates(std::uint8_t message) {
  return message == kCertificate || message == kCertificateRequest || message == kCertificateStatus;
}

// Takes from the front; `ok` turns false when there is too little.
class Reader {
 public:
  explicit Reader(ByteView octets) : octets_(octets) {}

  ByteView take(std::size_t count) {
    if (count > octets_.size()) {
      ok_ = false;
      octets_ = {};
      return {};
    }
    const ByteView taken = octets_.first(count);
    octets_ = octets_.subspan(count);
    return taken;
  }
  std::uint8_t u8() {
    const ByteView octet = take(1);
    return octet.empty() ? std::uint8_t{0} : octet[0];
  }
  std::uint16_t u16() {
    const ByteView octets = take(2);
    return octets.empty() ? std::uint16_t{0}
                          : static_cast<std::uint16_t>(octets[0] << 8 | octets[1]);
  }
  ByteView vector8() { return take(u8()); }
  ByteView vector16() { return take(u16()); }

  bool ok() const { return ok_; }
  bool empty() const { return octets_.empty(); }

 private:
  ByteView octets_;
  bool ok_ = true;
};

std::size_t bits(ByteView number) {
  const auto first = std::ranges::find_if(number, [](std::uint8_t octet) { return octet != 0; });
  if (first == number.end()) {
    return 0;
  }
  return static_cast<std::size_t>(number.end() - first - 1) * 8 +
         static_cast<std::size_t>(std::bit_width(*first));
}

}  // namespace

Result<void> ServerFlight::take(ByteView octets) {
  while (!done_ && !octets.empty()) {
    const std::size_t header =
        std::min(octets.size(), kRecordHeader - std::min(record_.size(), kRecordHeader));
    append(record_, octets.first(header));
    octets = octets.subspan(header);
    if (record_.size() < kRecordHeader) {
      return {};
    }
    const std::size_t size = static_cast<std::size_t>(record_[3] << 8 | record_[4]);
    const std::uint8_t type = record_[0];
    if (type < kChangeCipherSpec || type > kHandshake || record_[1] != 3 || size == 0 ||
        size > kLargestRecord) {
      done_ = true;
      return malformed("no TLS record begins with " + to_hex(record_));
    }
    const std::size_t wanted = std::min(octets.size(), kRecordHeader + size - record_.size());
    append(record_, octets.first(wanted));
    octets = octets.subspan(wanted);
    if (record_.size() < kRecordHeader + size) {
      return {};
    }
    const Bytes record = std::exchange(record_, {});
    if (auto taken = take_record(type, ByteView(record).subspan(kRecordHeader)); !taken) {
      done_ = true;
      return taken;
    }
  }
  // The server waits for us now. Its ChangeCipherSpec must not be there before our keys are.
  return hello_done_ && !octets.empty() ? violated("messages behind ServerHelloDone")
                                        : Result<void>{};
}

Result<void> ServerFlight::take_change_cipher_spec() {
  if (!choice_.version && !retry_seen_) {
    return malformed("the keys change before ServerHello");
  }
  // In TLS 1.3 it means nothing and may stand behind a HelloRetryRequest.
  if (choice_.version != Version::tls12) {
    return {};
  }
  if (!offers_session_) {
    return violated("the keys change before ServerHelloDone");
  }
  choice_.abbreviated = true;
  done_ = true;
  return {};
}

Result<void> ServerFlight::take_record(std::uint8_t type, ByteView payload) {
  if (type == kAlert) {
    constexpr std::uint8_t kFatal = 2;
    done_ = payload.front() == kFatal;
    return {};
  }
  if (type == kChangeCipherSpec) {
    return take_change_cipher_spec();
  }
  while (!payload.empty() && !done_) {
    if (skip_ > 0) {
      const std::size_t skipped = std::min(skip_, payload.size());
      skip_ -= skipped;
      payload = payload.subspan(skipped);
      continue;
    }
    const std::size_t header =
        std::min(payload.size(), kMessageHeader - std::min(message_.size(), kMessageHeader));
    append(message_, payload.first(header));
    payload = payload.subspan(header);
    if (message_.size() < kMessageHeader) {
      return {};
    }
    const std::uint8_t kind = message_[0];
    const std::size_t size =
        static_cast<std::size_t>(message_[1] << 16 | message_[2] << 8 | message_[3]);
    if (kind != kServerHello && kind != kServerKeyExchange) {
      if (!choice_.version) {
        return malformed("a message before ServerHello");
      }
      if (wants_psk() && belongs_to_certificates(kind)) {
        return not_psk("the server sent what belongs to certificates");
      }
      hello_done_ = kind == kServerHelloDone;
      done_ = hello_done_;
      if (hello_done_ && (size != 0 || !payload.empty())) {
        return malformed("something behind ServerHelloDone");
      }
      skip_ = size;
      message_.clear();
      continue;
    }
    if (size > kLargestMessage) {
      return malformed("a message that is too long");
    }
    const std::size_t wanted = std::min(payload.size(), kMessageHeader + size - message_.size());
    append(message_, payload.first(wanted));
    payload = payload.subspan(wanted);
    if (message_.size() == kMessageHeader + size) {
      const Bytes message = std::exchange(message_, {});
      TRY_VOID(take_message(kind, ByteView(message).subspan(kMessageHeader)));
      // The keys change after it, so nothing may follow in its record (RFC 8446 section 5.1).
      if (choice_.version == Version::tls13 && !payload.empty()) {
        return malformed("something behind ServerHello");
      }
    }
  }
  return {};
}

Result<void> ServerFlight::take_message(std::uint8_t type, ByteView body) {
  return type == kServerHello ? take_server_hello(body) : take_key_exchange(body);
}

Result<void> ServerFlight::take_server_hello(ByteView body) {
  if (choice_.version) {
    return malformed("two ServerHello");
  }
  Reader reader(body);
  const std::uint16_t legacy_version = reader.u16();
  const ByteView random = reader.take(32);
  reader.vector8();
  choice_.suite = reader.u16();
  const std::uint8_t compression = reader.u8();
  // TLS 1.2 leaves the whole block out when it is empty.
  Reader extensions(reader.empty() ? ByteView{} : reader.vector16());
  if (!reader.ok() || !reader.empty()) {
    return malformed("a ServerHello that cannot be read");
  }
  const bool retry = std::ranges::equal(random, kRetryRandom);
  selected_version_ = legacy_version;
  while (!extensions.empty()) {
    const std::uint16_t type = extensions.u16();
    const ByteView content = extensions.vector16();
    if (!extensions.ok()) {
      return malformed("extensions that cannot be read");
    }
    TRY_VOID(take_extension(type, content, retry));
  }
  if (compression != 0) {
    return violated("compression");
  }
  const bool downgraded = std::ranges::equal(random.subspan(24, 7), kDowngrade);
  TRY_VOID(judge_hello(selected_version_, downgraded));
  if (retry) {
    if (selected_version_ != static_cast<std::uint16_t>(Version::tls13)) {
      return malformed("HelloRetryRequest of an older version");
    }
    choice_ = {};
    retry_seen_ = true;
    return {};
  }
  choice_.version = static_cast<Version>(selected_version_);
  if (choice_.version == Version::tls13) {
    // A resumption without a fresh key exchange has no forward secrecy.
    if (choice_.group == 0) {
      return violated("no key share");
    }
    if (wants_psk() && !choice_.psk) {
      return not_psk("the server wants to show a certificate");
    }
    choice_.extended_master_secret = true;
    done_ = true;
  } else if (profile_.require_extended_master_secret && !choice_.extended_master_secret) {
    return violated("no extended master secret");
  }
  return {};
}

Result<void> ServerFlight::take_extension(std::uint16_t type, ByteView body, bool retry) {
  Reader reader(body);
  switch (type) {
    case kMaxFragmentLength:
    case kTruncatedHmac:
    case kEarlyData:
      return violated("an extension that was not offered: " + number(type));
    case kApplicationProtocol: {
      Reader names(reader.vector16());
      const ByteView chosen = names.vector8();
      if (!reader.ok() || !reader.empty() || !names.ok() || !names.empty()) {
        return malformed("an application protocol that cannot be read");
      }
      return as_text(chosen) == kAlpn ? Result<void>{}
                                      : violated("the application protocol was not offered");
    }
    case kExtendedMasterSecret:
      choice_.extended_master_secret = true;
      return {};
    case kSupportedVersions:
      selected_version_ = reader.u16();
      return reader.ok() && reader.empty() ? Result<void>{}
                                           : malformed("a version that cannot be read");
    case kPreSharedKey:
      choice_.psk = true;
      reader.u16();
      return reader.ok() && reader.empty() ? Result<void>{}
                                           : malformed("a choice of keys that cannot be read");
    case kKeyShare:
      choice_.group = reader.u16();
      if (!retry) {
        reader.vector16();
      }
      if (!reader.ok() || !reader.empty()) {
        return malformed("a key share that cannot be read");
      }
      if (profile_.group(choice_.group) == nullptr) {
        return violated("the group was not offered: " + number(choice_.group));
      }
      return {};
    default:
      return {};
  }
}

Result<void> ServerFlight::judge_hello(std::uint16_t version, bool downgraded) {
  if (version < static_cast<std::uint16_t>(Version::tls12)) {
    return fail(ErrorCode::tls_version_refused, "server flight",
                "the server chose version " + number(version));
  }
  if (!profile_.has(static_cast<Version>(version))) {
    return violated("the version was not offered: " + number(version));
  }
  if (downgraded && offers_tls13_ && version == static_cast<std::uint16_t>(Version::tls12)) {
    return violated("someone made the server choose an older version than it can");
  }
  if (is_anonymous_suite(choice_.suite)) {
    return fail(ErrorCode::tls_peer_anonymous, "server flight",
                "the server chose the suite " + number(choice_.suite));
  }
  const Suite* suite = profile_.suite(choice_.suite);
  if (suite == nullptr || suite->version != static_cast<Version>(version)) {
    return violated("the suite was not offered: " + number(choice_.suite));
  }
  return {};
}

Result<void> ServerFlight::take_key_exchange(ByteView body) {
  if (choice_.version != Version::tls12 || choice_.key_exchange) {
    return malformed("a ServerKeyExchange out of place");
  }
  choice_.key_exchange = true;
  Reader reader(body);
  if (wants_psk()) {
    choice_.psk_hint = as_text(reader.vector16());
  }
  const KeyExchange kind = profile_.suite(choice_.suite)->key_exchange;
  if (kind == KeyExchange::dhe_rsa || kind == KeyExchange::dhe_psk) {
    choice_.dh_bits =
        static_cast<std::uint16_t>(std::min<std::size_t>(bits(reader.vector16()), 0xffff));
    reader.vector16();
    reader.vector16();
    if (reader.ok() && choice_.dh_bits < profile_.minimum.dh) {
      return fail(ErrorCode::tls_key_too_small, "server flight",
                  "DH of " + std::to_string(choice_.dh_bits) + " bits");
    }
  } else {
    constexpr std::uint8_t kNamedCurve = 3;
    const std::uint8_t curve_type = reader.u8();
    choice_.group = reader.u16();
    reader.vector8();
    if (reader.ok() && (curve_type != kNamedCurve || profile_.group(choice_.group) == nullptr)) {
      return violated("the group was not offered: " + number(choice_.group));
    }
  }
  if (wants_psk()) {
    // The key proves who the server is, so nothing is signed (RFC 4279 section 3, RFC 5489).
    return reader.ok() && reader.empty() ? Result<void>{}
                                         : malformed("a ServerKeyExchange that cannot be read");
  }
  choice_.signature_scheme = reader.u16();
  if (!reader.ok()) {
    return malformed("a ServerKeyExchange that cannot be read");
  }
  if (profile_.signature_scheme(choice_.signature_scheme) == nullptr) {
    return violated("the signature algorithm was not offered: " + number(choice_.signature_scheme));
  }
  return {};
}

}  // namespace ut::tls
