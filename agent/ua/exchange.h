// One Ut request as a conversation with the NAF (TS 33.222 clause 5.3, TS 24.109 clause 5.2):
//
//   UE                                      NAF
//    | -- TLS; the server is authenticated -> |
//    | -- GET (or bodyless GET of the URI) -> |   cold channel: no nonce yet
//    | <------------- 401, realm, nonce ----- |
//    |   [Ub when there is no association]    |
//    | -- request, Authorization -----------> |   B-TID, Ks_NAF for this channel's cipher suite
//    | <----- 2xx, Authentication-Info ------ |   rspauth checked before the application sees it
//
// A channel that has a nonce starts with the third line. With AKA on Ut (RFC 4169) the first line
// names the IMPI, and in place of Ub the card answers the challenge. On one of PSK TLS
// (clause 5.4), for which bootstrapping comes first, the request is all there is: the key that
// authenticates the channel authenticates both ends.
#pragma once

#include "agent/gba/security_association.h"
#include "agent/ports.h"
#include "agent/ua/back_off.h"
#include "agent/ua/channel_pool.h"
#include "agent/ua/config.h"
#include "agent/ua/nonce_lane.h"
#include "base/clock.h"
#include "base/random.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace ut::ua {

// What all exchanges of a gateway share.
struct Shared {
  const UaConfig& config;
  ports::CardService& cards;
  ports::AssociationSource& associations;
  std::shared_ptr<ChannelPool> pool;
  BackOff back_off;
  RandomSource& random;
  const Clock& clock;
  std::uint64_t generation = 0;                  // rises when all keys go: exchanges under way end
  ErrorCode ended_by = ErrorCode::card_removed;  // with this, since generation rose last
};

class Exchange {
 public:
  // `shared` and `sink` must outlive the exchange. `subscriber` is the present one;
  // `intended_identity` one of his public identities, where it stands in them, or empty for none.
  Exchange(Shared& shared, ports::UtRequest request, ports::ResponseSink& sink,
           ports::Subscriber subscriber, std::string_view intended_identity);

  // Carries the request; at most kRoundTripLimit requests are sent.
  ports::Task<Result<ports::UtReport>> run();

 private:
  // What is on its way to the NAF.
  struct Sent {
    bool by_channel = false;  // PSK TLS or a client certificate authenticates it
    bool probe = false;       // the bodyless GET that fetches the challenge of another request
    bool first_use = false;   // of the nonce: it came in this exchange
    std::shared_ptr<const gba::DigestUse> use{};
    std::shared_ptr<const LaneKey> key{};  // nullptr: not authenticated
    ports::Association association{};
    std::size_t secret_at = 0;  // where the value of Authorization stands in the request
    std::size_t secret_size = 0;
  };
  enum class Retry : std::uint8_t { no, yes };

  Result<void> prepare();
  bool ensure_channel_now();
  ports::Task<Result<void>> ensure_channel();
  void occupy(Lease channel);
  void bootstrap_ahead();
  ports::Task<Result<void>> obtain_association();
  ports::Task<Result<void>> after_no_channel(Error error);
  bool has_other_key(const PooledChannel& channel) const;
  bool has_ended_certificate(const PooledChannel& channel) const;
  ports::Task<Result<void>> channel_refused();
  ports::Task<Result<void>> renegotiate_channel();
  ports::Task<Result<void>> renew(ports::Association refused);
  Result<void> write_request();
  bool has_lane() const;
  void write_proof();
  void write_first_authorization();
  void write_synchronisation_failure();
  void append_authorization(SecretBytes value);
  ports::Task<Result<ResponseHead>> send();
  ports::Task<Result<ResponseHead>> send_rest();
  void after_sending(const boost::system::error_code& code);
  ports::Task<Result<ResponseHead>> receive();
  Result<ResponseHead> after_receiving(Result<ResponseHead> head);
  Retry after_failure();
  ports::Task<Result<void>> answer_challenge(ResponseHead head);
  ports::Task<Result<void>> renegotiate();
  ports::Task<void> drain();
  enum class Unauthenticated : std::uint8_t { deliver, refuse, send_request };
  Unauthenticated judge(unsigned status) const;
  Result<gba::AuthenticationInfo> read_proof(const ResponseHead& head);
  Result<void> check_server(gba::AuthenticationInfo info, unsigned status);
  ports::Task<Result<void>> hold_body();
  Result<bool> deliver_now(ResponseHead head);
  Result<bool> pass_on_now();
  ports::Task<Result<void>> deliver_rest();

  ports::Task<Result<void>> judge_refusal(const UsableChallenge& chosen);
  ports::Task<Result<void>> judge_digest_refusal(const UsableChallenge& chosen);
  Result<void> judge_aka_refusal(const UsableChallenge& chosen);
  ports::Task<Result<void>> start_lane();
  ports::Task<Result<void>> start_gba_lane();
  ports::Task<Result<void>> start_aka_lane();
  ports::Task<Result<gba::KsNaf>> ks_naf(gba::NafId naf_id);
  Error refuse();
  void let_rest(const ports::Association& refused);
  const std::string& impi() const;
  Method method() const;
  void end_distrusted();
  Error distrust(Error error);
  void release();
  Error explained(Error error) const;
  void set_deadline(std::chrono::milliseconds time);
  bool may_leave_bare() const;
  ports::UtReport report() const;

  Shared& shared_;
  ports::UtRequest request_;
  ports::ResponseSink& sink_;
  ports::Subscriber subscriber_;
  std::string_view intended_identity_;
  NafAddress naf_;
  const NafSettings& settings_;
  std::uint64_t generation_;
  SteadyTime started_;

  std::string own_fields_;  // Host, User-Agent, identity: of the request and of the probe
  std::string app_fields_;  // the application's, and the framing
  Lease lease_{};
  Sent sent_{};
  bool new_channel_ = false;
  bool used_channel_ = false;                   // the channel has carried something before
  std::optional<UsableChallenge> challenge_{};  // received, not used yet
  bool fresh_nonce_ = false;                    // the lane has just been started with it
  std::optional<isim::Auts> auts_{};            // what the card says to the challenge
  bool resynchronised_ = false;
  ports::Association association_{};
  // Bootstrapping that began beside the way to the NAF; its end is awaited when the NAF asks.
  std::optional<ports::Task<Result<ports::Association>>> ahead_{};
  std::optional<std::string> held_body_{};
  boost::system::error_code send_error_{};
  ByteView not_taken_{};  // of the answer's body: what the application has to take first
  unsigned round_trips_ = 0;
  unsigned stale_answers_ = 0;
  bool retried_ = false;
  ChannelWanted wanted_ = ChannelWanted::any;
  bool renegotiated_ = false;
  unsigned failed_channels_ = 0;         // of PSK TLS
  bool without_authentication_ = false;  // policy lets this NAF not ask
};

}  // namespace ut::ua
