#include "isim/gba.h"

#include "isim/authenticate_command.h"
#include "isim/length_value.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace ut::isim {
namespace {

using authenticate_command::Context;
using authenticate_command::malformed;

constexpr std::uint8_t kBootstrapping = 0xdd;
constexpr std::uint8_t kNafDerivation = 0xde;
constexpr std::size_t kMaxCommandData = 255;
constexpr StatusWord kConditionsNotSatisfied = 0x6985;

constexpr FileId kEfGbabpOfIsim = 0x6fd5;
constexpr FileId kEfGbabpOfUsim = 0x6fd6;
constexpr std::size_t kMaxField = 255;

bool is_field(std::string_view text) {
  return !text.empty() && text.size() <= kMaxField;
}

FileId gbabp_of(Application application) {
  switch (application) {
    case Application::isim:
      return kEfGbabpOfIsim;
    case Application::usim:
      break;
  }
  return kEfGbabpOfUsim;
}

// The body of EF_GBABP, which is the selected file then.
Result<SecretBytes> read_gbabp(CardSession& session, Application application) {
  TRY(const Fcp fcp, session.select_file(gbabp_of(application)));
  return session.read_binary(fcp);
}

// The RAND at the start of the body; nullopt when there is none.
std::optional<Rand> rand_in(ByteView body) {
  const auto field = take_length_value(body);
  return field ? Rand::from(*field) : std::nullopt;
}

}  // namespace

CommandApdu encode_gba_bootstrapping(const Rand& rand, const Autn& autn) {
  Bytes data{kBootstrapping};
  append_length_value(data, rand.view());
  append_length_value(data, autn.view());
  return authenticate_command::encode(Context::gba, std::move(data));
}

Result<GbaBootstrappingOutcome> decode_gba_bootstrapping(StatusWord sw, ByteView data) {
  if (sw == authenticate_command::kIncorrectMac) {
    return GbaBootstrappingOutcome(AkaMacFailure{});
  }
  TRY_VOID(authenticate_command::check(sw));
  if (data.empty()) {
    return malformed();
  }
  ByteView rest = data.subspan(1);
  if (data.front() == authenticate_command::kSynchronisationFailure) {
    TRY(const Auts auts, authenticate_command::decode_auts(rest));
    return GbaBootstrappingOutcome(AkaSynchronisationFailure{auts});
  }
  const auto field = take_length_value(rest);
  // More than RES would be CK and IK, which must not leave the card.
  if (data.front() != authenticate_command::kSuccess || !field || !rest.empty()) {
    return malformed();
  }
  TRY(Res res, authenticate_command::res_of(*field));
  return GbaBootstrappingOutcome(GbaBootstrapped{std::move(res)});
}

Result<CommandApdu> encode_gba_derivation(ByteView naf_id, std::string_view impi) {
  // Tag and two lengths beside the fields.
  if (naf_id.empty() || impi.empty() || 3 + naf_id.size() + impi.size() > kMaxCommandData) {
    return fail(ErrorCode::input_malformed, "NAF derivation",
                "NAF_Id and IMPI must have 1 to 252 octets together");
  }
  Bytes data{kNafDerivation};
  append_length_value(data, naf_id);
  append_length_value(data, as_bytes(impi));
  return authenticate_command::encode(Context::gba, std::move(data));
}

Result<GbaDerivationOutcome> decode_gba_derivation(StatusWord sw, ByteView data) {
  if (sw == kConditionsNotSatisfied) {
    return GbaDerivationOutcome(GbaNotBootstrapped{});
  }
  TRY_VOID(authenticate_command::check(sw));
  if (data.empty() || data.front() != authenticate_command::kSuccess) {
    return malformed();
  }
  ByteView rest = data.subspan(1);
  const auto field = take_length_value(rest);
  auto key = field && rest.empty() ? KsExtNaf::from(*field) : std::nullopt;
  if (!key) {
    return malformed();
  }
  return GbaDerivationOutcome(GbaNafDerived{*std::move(key)});
}

Result<GbaBootstrappingOutcome> gba_bootstrap(CardSession& session, const Rand& rand,
                                              const Autn& autn) {
  TRY(const CardAnswer answer, session.exchange_with_pin(encode_gba_bootstrapping(rand, autn)));
  return decode_gba_bootstrapping(answer.sw, answer.data.expose());
}

Result<GbaDerivationOutcome> gba_derive(CardSession& session, ByteView naf_id,
                                        std::string_view impi) {
  TRY(const CommandApdu command, encode_gba_derivation(naf_id, impi));
  TRY(const CardAnswer answer, session.exchange_with_pin(command));
  return decode_gba_derivation(answer.sw, answer.data.expose());
}

Result<StoredGbaBootstrapping> read_gba_bootstrapping(CardSession& session,
                                                      Application application) {
  const auto body = read_gbabp(session, application);
  if (!body) {
    if (body.error().code == ErrorCode::card_file_missing) {
      return StoredGbaBootstrapping{};
    }
    return std::unexpected(body.error());
  }
  auto content = decode_gbabp(body->expose());
  return StoredGbaBootstrapping{body->size(), content ? *std::move(content) : std::nullopt};
}

Result<void> store_gba_bootstrapping(CardSession& session, Application application,
                                     const Rand& rand, std::string_view b_tid,
                                     std::string_view key_lifetime) {
  if (!is_field(b_tid) || !is_field(key_lifetime)) {
    return fail(ErrorCode::input_malformed, "EF_GBABP",
                "B-TID and key lifetime must have 1 to 255 octets each");
  }
  TRY(const SecretBytes body, read_gbabp(session, application));
  const auto found = rand_in(body.expose());
  if (!found) {
    return fail(ErrorCode::card_file_malformed, "EF_GBABP", "the card wrote no RAND");
  }
  if (*found != rand) {
    return fail(ErrorCode::card_file_malformed, "EF_GBABP", "the RAND is of another bootstrapping");
  }
  Bytes fields;
  append_length_value(fields, as_bytes(b_tid));
  append_length_value(fields, as_bytes(key_lifetime));
  const std::size_t offset = 1 + Rand::size;
  if (offset + fields.size() > body.size()) {
    return fail(ErrorCode::card_file_malformed, "EF_GBABP",
                std::to_string(body.size()) + " octets are too few for B-TID and key lifetime");
  }
  return session.update_binary(offset, fields);
}

Result<void> erase_gba_bootstrapping(CardSession& session, Application application,
                                     const Rand& rand) {
  TRY(const SecretBytes body, read_gbabp(session, application));
  if (rand_in(body.expose()) != rand) {
    return {};
  }
  const std::size_t offset = 1 + Rand::size;
  // A length of zero each; a file with room for less holds no B-TID either.
  const Bytes empty(std::min<std::size_t>(2, body.size() - offset), 0x00);
  return empty.empty() ? Result<void>() : session.update_binary(offset, empty);
}

}  // namespace ut::isim
