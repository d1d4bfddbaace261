// What a NAF sends: its certificates, its challenges, its answers.
#include "agent/gba/aka_nonce.h"
#include "agent/ua/channel.h"
#include "agent/ua/nonce_lane.h"
#include "agent/ua/response_reader.h"
#include "base/encoding.h"
#include "tests/fuzz/targets.h"
#include "tls/certificate.h"
#include "tls/client_certificate.h"
#include "tls/context.h"
#include "tls/trust.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

namespace ut::fuzz {
namespace {

constexpr std::string_view kHost = "xcap.home1.net";

// Pieces of the input, each after its length in two octets; the last one may be cut short.
std::vector<ByteView> pieces(ByteView input) {
  std::vector<ByteView> found;
  while (input.size() > 2) {
    const std::size_t wanted = static_cast<std::size_t>(input[0]) << 8 | input[1];
    const std::size_t size = std::min(wanted, input.size() - 2);
    found.push_back(input.subspan(2, size));
    input = input.subspan(2 + size);
  }
  return found;
}

// Gives the octets in pieces of `piece`, then the end.
class FedChannel final : public ua::Channel {
 public:
  FedChannel(ByteView octets, std::size_t piece) : octets_(octets), piece_(piece) {}
  const ua::ChannelFacts& facts() const override { return facts_; }
  ports::Task<ua::IoResult> read_some(std::span<std::uint8_t> to) override {
    const std::size_t size = std::min({to.size(), octets_.size(), piece_});
    std::ranges::copy(octets_.first(size), to.begin());
    octets_ = octets_.subspan(size);
    co_return ua::IoResult{size == 0 ? boost::asio::error::make_error_code(boost::asio::error::eof)
                                     : boost::system::error_code(),
                           size};
  }
  ports::Task<ua::IoResult> write(ByteView, ByteView) override { co_return ua::IoResult{}; }
  bool still_idle() override { return false; }
  void fail_authentication() override {}
  net::Path path() const override { return net::Path::same; }
  void close() override {}
  Error error(const boost::system::error_code&, std::string_view where) const override {
    return {ErrorCode::network_closed, where};
  }

 private:
  ByteView octets_;
  std::size_t piece_;
  ua::ChannelFacts facts_{};
};

// Every answer in the octets; the bodies' sizes, which must not depend on how they are cut.
ports::Task<std::vector<std::size_t>> read_answers(ByteView octets, std::size_t piece, bool head) {
  constexpr std::size_t kMost = 16;
  FedChannel channel(octets, piece);
  ua::ResponseReader reader(channel, {.header = 4096, .body = 65536});
  std::vector<std::size_t> sizes;
  while (sizes.size() < kMost) {
    const auto answer = co_await reader.head(head);
    if (!answer) {
      break;
    }
    if (answer->status < 200 || answer->status > 999) {
      std::abort();
    }
    sizes.push_back(0);
    while (!reader.complete()) {
      const auto body = co_await reader.body();
      if (!body) {
        co_return sizes;
      }
      sizes.back() += body->size();
    }
    if (!reader.may_continue()) {
      break;
    }
  }
  co_return sizes;
}

std::vector<std::size_t> read_answers_now(ByteView octets, std::size_t piece, bool head) {
  boost::asio::io_context loop;
  std::vector<std::size_t> sizes;
  boost::asio::co_spawn(loop, read_answers(octets, piece, head),
                        [&sizes](std::exception_ptr thrown, std::vector<std::size_t> read) {
                          if (thrown) {
                            std::rethrow_exception(thrown);
                          }
                          sizes = std::move(read);
                        });
  loop.run();
  return sizes;
}

}  // namespace

// The chain that a server shows, DER after DER, judged as after the library has built its path; and
// the same octets as files of ours.
void certificates(ByteView input) {
  if (!tls::start_library()) {
    std::abort();
  }
  const auto chain = pieces(input);
  const auto judged = tls::check_certificates(chain, {}, kHost, tls::standard_profile());
  if (judged && chain.empty()) {
    std::abort();
  }
  static_cast<void>(tls::Trust::from_pem(as_text(input)));
  // Without its key nothing is a client certificate.
  if (tls::ClientCertificate::from_pem(as_text(input), SecretBytes::copy_of(input),
                                       tls::standard_profile().minimum) &&
      as_text(input).find("PRIVATE KEY") == std::string_view::npos) {
    std::abort();
  }
}

// WWW-Authenticate fields, one a line. What is chosen is of an allowed method and for this NAF.
void naf_challenges(ByteView input) {
  const auto fields = lines_of(input);
  ua::NafSettings digest;
  ua::NafSettings aka;
  aka.ways.methods = {ua::Method::aka};
  const auto by_digest = ua::choose_challenge(fields, kHost, digest);
  if (by_digest && (gba::is_aka(by_digest->challenge.algorithm) ||
                    by_digest->challenge.realm.find('@') == std::string::npos)) {
    std::abort();
  }
  const auto by_aka = ua::choose_challenge(fields, kHost, aka);
  if (by_aka && (by_aka->challenge.algorithm == gba::DigestAlgorithm::akav1_md5 ||
                 !gba::is_aka(by_aka->challenge.algorithm) ||
                 by_aka->challenge.realm.size() != kHost.size())) {
    std::abort();
  }
  if (by_aka) {
    static_cast<void>(gba::decode_aka_nonce(by_aka->challenge.nonce));
  }
}

// The first octet says how the rest is cut, and whether the request was HEAD.
void naf_answers(ByteView input) {
  if (input.empty()) {
    return;
  }
  const bool head = (input.front() & 0x80) != 0;
  const std::size_t piece = 1U + input.front() % 64U;
  const ByteView octets = input.subspan(1);
  if (read_answers_now(octets, piece, head) != read_answers_now(octets, 65536, head)) {
    std::abort();
  }
}

}  // namespace ut::fuzz
