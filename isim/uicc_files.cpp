#include "isim/uicc_files.h"

#include "isim/text_object.h"
#include "isim/tlv.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace ut::isim {

const Bytes kIsimAidPrefix{0xa0, 0x00, 0x00, 0x00, 0x87, 0x10, 0x04};
const Bytes kUsimAidPrefix{0xa0, 0x00, 0x00, 0x00, 0x87, 0x10, 0x02};

namespace {

std::unexpected<Error> malformed(std::string_view file) {
  return fail(ErrorCode::card_file_malformed, file);
}

bool starts_with_scheme(std::string_view uri, std::string_view scheme) {
  return uri.size() > scheme.size() + 1 && uri[scheme.size()] == ':' &&
         std::ranges::equal(uri.substr(0, scheme.size()), scheme, [](char a, char b) {
           return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
         });
}

// Digits of swapped BCD; `digits` says how many values count as digits. F ends them.
std::optional<std::string> swapped_bcd(ByteView octets, std::uint8_t digits) {
  constexpr std::string_view kDigits = "0123456789ABCDE";
  std::string text;
  bool ended = false;
  for (const std::uint8_t octet : octets) {
    for (const int nibble : {octet & 0x0f, octet >> 4}) {
      if (nibble == 0x0f) {
        ended = true;
      } else if (ended || nibble >= digits) {
        return std::nullopt;
      } else {
        text += kDigits[static_cast<std::size_t>(nibble)];
      }
    }
  }
  return text;
}

FileStructure structure_of(std::uint8_t descriptor) {
  if ((descriptor & 0xbf) == 0x39) {
    return FileStructure::ber_tlv;
  }
  if ((descriptor & 0x38) == 0x38) {
    return FileStructure::df;
  }
  switch (descriptor & 0x07) {
    case 1:
      return FileStructure::transparent;
    case 2:
      return FileStructure::linear_fixed;
    case 6:
      return FileStructure::cyclic;
    default:
      return FileStructure::unknown;
  }
}

LifeCycle life_cycle_of(std::uint8_t octet) {
  if (octet == 0x01) {
    return LifeCycle::creation;
  }
  if (octet == 0x03) {
    return LifeCycle::initialisation;
  }
  if ((octet & 0xfd) == 0x05) {
    return LifeCycle::activated;
  }
  if ((octet & 0xfd) == 0x04) {
    return LifeCycle::deactivated;
  }
  if ((octet & 0xfc) == 0x0c) {
    return LifeCycle::terminated;
  }
  return LifeCycle::unknown;
}

std::size_t number(ByteView octets) {
  std::size_t value = 0;
  for (const std::uint8_t octet : octets) {
    value = (value << 8) | octet;
  }
  return value;
}

// C6: the PS octets (90), then for each key an optional usage qualifier (95) and its reference
// (83). The bits of the PS octets belong to the references in order, highest bit first.
Result<std::vector<PinKey>> decode_pin_status(ByteView octets) {
  TRY(const auto objects, read_tlvs(octets));
  ByteView status;
  std::vector<PinKey> keys;
  bool replacement = false;
  for (const Tlv& object : objects) {
    if (object.tag == 0x90) {
      status = object.value;
    } else if (object.tag == 0x95 && object.value.size() == 1) {
      replacement = (object.value[0] & 0x08) != 0;
    } else if (object.tag == 0x83 && object.value.size() == 1) {
      const std::size_t bit = keys.size();
      if (bit / 8 >= status.size()) {
        return malformed("FCP PIN status");
      }
      const bool enabled = ((status[bit / 8] >> (7 - bit % 8)) & 1) != 0;
      keys.push_back({object.value[0], enabled, replacement});
      replacement = false;
    }
  }
  return keys;
}

Result<void> decode_fcp_object(Fcp& fcp, const Tlv& object) {
  const ByteView value = object.value;
  switch (object.tag) {
    case 0x80:
      if (value.empty() || value.size() > 4) {
        return malformed("FCP file size");
      }
      fcp.file_size = number(value);
      return {};
    case 0x82:
      if (value.size() != 2 && value.size() != 5) {
        return malformed("FCP file descriptor");
      }
      fcp.structure = structure_of(value[0]);
      if (value.size() == 5) {
        fcp.record_length = number(value.subspan(2, 2));
        fcp.record_count = value[4];
      }
      return {};
    case 0x83:
      if (value.size() != 2) {
        return malformed("FCP file identifier");
      }
      fcp.file_id = static_cast<FileId>(number(value));
      return {};
    case 0x84:
      if (value.empty() || value.size() > 16) {
        return malformed("FCP DF name");
      }
      fcp.df_name = to_bytes(value);
      return {};
    case 0x88:
      if (value.size() > 1) {
        return malformed("FCP short file identifier");
      }
      if (value.size() == 1 && (value[0] >> 3) != 0 && (value[0] >> 3) != 31) {
        fcp.sfi = static_cast<std::uint8_t>(value[0] >> 3);
      }
      return {};
    case 0x8a:
      if (value.size() != 1) {
        return malformed("FCP life cycle");
      }
      fcp.life_cycle = life_cycle_of(value[0]);
      return {};
    case 0x8b:
      // Three octets, or the EF_ARR and then a record for each security environment; the first is
      // that of environment 01, which holds while no other is set.
      if (value.size() == 3) {
        fcp.access_rule = {static_cast<FileId>(number(value.first(2))), value[2]};
      } else if (value.size() >= 4 && value.size() % 2 == 0) {
        fcp.access_rule = {static_cast<FileId>(number(value.first(2))), value[3]};
      } else {
        return malformed("FCP access rule");
      }
      return {};
    case 0xc6: {
      auto pins = decode_pin_status(value);
      if (!pins) {
        return malformed("FCP PIN status");
      }
      fcp.pins = *std::move(pins);
      return {};
    }
    default:  // other objects are none of our business
      return {};
  }
}

}  // namespace

bool has_prefix(ByteView aid, ByteView prefix) {
  return aid.size() >= prefix.size() && std::ranges::equal(aid.first(prefix.size()), prefix);
}

Result<std::optional<ApplicationRecord>> decode_dir_record(ByteView record) {
  if (record.empty() || record.front() == 0xff || record.front() == 0x00) {
    return std::nullopt;
  }
  const auto application = read_tlv(record);
  if (!application || application->tag != 0x61) {
    return malformed("EF_DIR");
  }
  const auto objects = read_tlvs(application->value);
  if (!objects) {
    return malformed("EF_DIR");
  }
  ApplicationRecord result;
  for (const Tlv& object : *objects) {
    if (object.tag == 0x4f && result.aid.empty()) {
      result.aid = to_bytes(object.value);
    } else if (object.tag == 0x50 && result.label.empty()) {
      result.label = std::string(as_text(object.value));
    }
  }
  if (result.aid.size() < 5 || result.aid.size() > 16) {
    return malformed("EF_DIR");
  }
  return result;
}

std::optional<std::uint8_t> Fcp::pin_reference() const {
  for (const PinKey& key : pins) {
    if (key.enabled && key.reference >= 0x01 && key.reference <= 0x08) {
      return key.reference;
    }
  }
  for (const PinKey& key : pins) {
    if (key.enabled && key.used_as_replacement && key.reference == kUniversalPin) {
      return key.reference;
    }
  }
  return std::nullopt;
}

Result<Fcp> decode_fcp(ByteView octets) {
  const auto tmpl = read_tlv(octets);
  if (!tmpl || tmpl->tag != 0x62) {
    return malformed("FCP");
  }
  const auto objects = read_tlvs(tmpl->value);
  if (!objects) {
    return malformed("FCP");
  }
  Fcp fcp;
  bool sfi_given = false;
  for (const Tlv& object : *objects) {
    TRY_VOID(decode_fcp_object(fcp, object));
    sfi_given = sfi_given || object.tag == 0x88;
  }
  // TS 102 221 clause 11.1.1.4.8: without the object the SFI is the low five bits of the file
  // identifier [M].
  if (!sfi_given && fcp.file_id && fcp.structure != FileStructure::df) {
    const auto low = static_cast<std::uint8_t>(*fcp.file_id & 0x1f);
    if (low != 0 && low != 31) {
      fcp.sfi = low;
    }
  }
  return fcp;
}

Result<std::string> decode_impi(ByteView octets) {
  TRY(std::string impi, decode_text_object(octets, "EF_IMPI"));
  const auto at = impi.find('@');
  if (at == std::string::npos || at == 0 || at + 1 == impi.size() ||
      impi.find('@', at + 1) != std::string::npos ||
      !is_domain_name(std::string_view(impi).substr(at + 1))) {
    return malformed("EF_IMPI");
  }
  return impi;
}

Result<std::string> decode_domain(ByteView octets) {
  TRY(std::string domain, decode_text_object(octets, "EF_DOMAIN"));
  if (!is_domain_name(domain)) {
    return malformed("EF_DOMAIN");
  }
  return domain;
}

Result<std::optional<std::string>> decode_impu_record(ByteView record) {
  if (is_empty_record(record)) {
    return std::nullopt;
  }
  TRY(std::string uri, decode_text_object(record, "EF_IMPU"));
  if (!starts_with_scheme(uri, "sip") && !starts_with_scheme(uri, "sips") &&
      !starts_with_scheme(uri, "tel")) {
    return malformed("EF_IMPU");
  }
  return uri;
}

Result<ServiceTable> decode_ist(ByteView octets) {
  if (octets.empty()) {
    return malformed("EF_IST");
  }
  return ServiceTable{to_bytes(octets)};
}

Result<AdministrativeData> decode_ad(ByteView octets) {
  if (octets.size() < 3) {
    return malformed("EF_AD");
  }
  AdministrativeData data{octets[0], {}};
  if (octets.size() > 3) {
    const auto length = static_cast<std::uint8_t>(octets[3] & 0x0f);
    if (length == 2 || length == 3) {
      data.mnc_length = length;
    }
  }
  return data;
}

bool is_iccid(std::string_view text) {
  return text.size() >= 10 && text.size() <= 20 &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

Result<std::string> decode_iccid(ByteView octets) {
  const auto digits = swapped_bcd(octets, 15);
  if (octets.size() != 10 || !digits || digits->size() < 10) {
    return malformed("EF_ICCID");
  }
  return *digits;
}

Result<std::string> decode_imsi(ByteView octets) {
  // Octet 1: how many octets follow that count. Octet 2: type of identity 1 and the parity bit,
  // then the first digit.
  if (octets.size() != 9 || octets[0] < 4 || octets[0] > 8 || (octets[1] & 0x07) != 1) {
    return malformed("EF_IMSI");
  }
  const bool odd = (octets[1] & 0x08) != 0;
  const ByteView rest = octets.subspan(2, octets[0] - 1U);
  const auto digits = swapped_bcd(rest, 10);
  const auto first = static_cast<std::uint8_t>(octets[1] >> 4);
  if (!digits || first > 9) {
    return malformed("EF_IMSI");
  }
  std::string imsi(1, static_cast<char>('0' + first));
  imsi += *digits;
  if (odd != (imsi.size() % 2 == 1) || imsi.size() < 6 ||
      !is_padding(octets.subspan(1U + octets[0]))) {
    return malformed("EF_IMSI");
  }
  return imsi;
}

}  // namespace ut::isim
