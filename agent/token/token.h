// A key in a PKCS #11 token: found, opened with the PIN, signed with. Everything here blocks for as
// long as the module likes, so it runs on a thread of its own [UA-7 KEY-4].
#pragma once

#include "agent/card/pin_latch.h"
#include "agent/token/token_uri.h"
#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"
#include "tls/external_key.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace ut::token {

// Where the PIN comes from. Without functions there is none.
struct PinPlace {
  std::function<Result<SecretBytes>()> read{};
  std::function<std::string()> source{};  // another text after every change of it
  std::filesystem::path latch_file{};     // the memory of refused PINs (agent/card/pin_latch)
};

class Token {
 public:
  // `certificate`: that of the same token, if it is to be read there.
  Token(TokenUri key, std::optional<TokenUri> certificate, PinPlace pin);
  ~Token();
  Token(const Token&) = delete;
  Token& operator=(const Token&) = delete;

  // Loads the module, finds token and key and gives the PIN, as far as that is not done or was
  // lost. A PIN is sent once: one that was refused is not sent again before its file changes, and
  // none is sent when it is the last try. tls_client_certificate_unusable with the cause.
  Result<void> open();

  // The certificate (DER) that the token has, once it is open; empty when none was asked for.
  const Bytes& certificate() const { return certificate_; }

  // Opens the token once more, and signs once more, when the first try finds it lost.
  Result<Bytes> sign(const tls::ToSign& what);

 private:
  class Module;
  struct Session;

  Result<void> open_anew();
  Result<void> log_in(Session& session);

  TokenUri key_;
  std::optional<TokenUri> certificate_uri_;
  PinPlace pin_;
  std::string latch_source_{};
  std::optional<card::PinLatch> latch_{};
  std::shared_ptr<Module> module_{};  // once loaded it stays: not every module can be unloaded
  std::unique_ptr<Session> session_{};
  Bytes certificate_{};
};

}  // namespace ut::token
