#include "isim/soft/card_content.h"

#include "isim/soft/security_contexts.h"
#include "isim/tlv.h"

#include <arpa/inet.h>

#include <array>
#include <string_view>
#include <utility>

namespace ut::isim::soft {
namespace {

constexpr FileId kEfPl = 0x2f05;
constexpr FileId kEfPCscf = 0x6f09;
constexpr FileId kEfImsi = 0x6f07;
constexpr FileId kEfUst = 0x6f38;
constexpr FileId kEfLi = 0x6f05;
constexpr FileId kEfAcc = 0x6f78;

// RID of 3GPP, application code, then country and provider left open (TS 101 220 annex E).
constexpr std::array<std::uint8_t, 16> kIsimAid = {0xa0, 0x00, 0x00, 0x00, 0x87, 0x10, 0x04, 0xff,
                                                   0xff, 0xff, 0xff, 0x89, 0x01, 0x01, 0x00, 0x00};
constexpr std::array<std::uint8_t, 16> kUsimAid = {0xa0, 0x00, 0x00, 0x00, 0x87, 0x10, 0x02, 0xff,
                                                   0xff, 0xff, 0xff, 0x89, 0x01, 0x01, 0x00, 0x00};

std::string_view label_of(Application application) {
  switch (application) {
    case Application::isim:
      return "ISIM";
    case Application::usim:
      return "USIM";
  }
  return {};
}

// Swapped BCD, filled up with F.
Bytes swapped_bcd(std::string_view digits, std::size_t octets) {
  Bytes out(octets, 0xff);
  for (std::size_t i = 0; i < digits.size(); ++i) {
    auto& octet = out[i / 2];
    const auto digit = static_cast<unsigned>(digits[i] - '0');
    octet = static_cast<std::uint8_t>(i % 2 == 0 ? ((octet & 0xf0U) | digit)
                                                 : ((octet & 0x0fU) | digit << 4));
  }
  return out;
}

// EF_IMSI (TS 31.102 clause 4.2.2): length, then type and parity before the digits.
Bytes imsi_content(std::string_view imsi) {
  const bool odd = imsi.size() % 2 == 1;
  const std::string with_type = (odd ? "9" : "1") + std::string(imsi);
  Bytes content = swapped_bcd(with_type, 8);
  content.insert(content.begin(), static_cast<std::uint8_t>((with_type.size() + 1) / 2));
  return content;
}

Bytes text_object(std::string_view text) {
  Bytes content;
  append_tlv(content, 0x80, as_bytes(text));
  return content;
}

// EF_P-CSCF record (TS 31.103 clause 4.2.8): address type, then FQDN or address.
Bytes p_cscf_record(const std::string& host) {
  constexpr std::uint8_t kFqdn = 0x00;
  constexpr std::uint8_t kIpv4 = 0x01;
  constexpr std::uint8_t kIpv6 = 0x02;
  std::array<std::uint8_t, 16> address;
  Bytes value;
  if (::inet_pton(AF_INET, host.c_str(), address.data()) == 1) {
    value.push_back(kIpv4);
    append(value, std::span(address).first<4>());
  } else if (::inet_pton(AF_INET6, host.c_str(), address.data()) == 1) {
    value.push_back(kIpv6);
    append(value, address);
  } else {
    value.push_back(kFqdn);
    append(value, as_bytes(host));
  }
  Bytes record;
  append_tlv(record, 0x80, value);
  return record;
}

// Service n is bit (n - 1) modulo 8, least significant first, of octet (n - 1) / 8.
Bytes service_table(const std::set<std::uint8_t>& services, std::size_t octets) {
  Bytes table(octets, 0x00);
  for (const auto service : services) {
    const std::size_t index = service - 1U;
    if (index / 8 >= table.size()) {
      table.resize(index / 8 + 1, 0x00);
    }
    table[index / 8] = static_cast<std::uint8_t>(table[index / 8] | 1U << index % 8);
  }
  return table;
}

Bytes dir_record(Application application) {
  Bytes objects;
  append_tlv(objects, 0x4f, aid_of(application));
  append_tlv(objects, 0x50, as_bytes(label_of(application)));
  Bytes record;
  append_tlv(record, 0x61, objects);
  return record;
}

// The files of the profile; an EF_ARR first, as the others add their rules to it.
void apply_settings(const CardProfile& profile, Directory directory, File& to) {
  for (const bool arr : {true, false}) {
    for (const auto& file : profile.files) {
      const bool is_arr = file.id == kArrInAdf || file.id == kArrInMf;
      if (file.directory == directory && is_arr == arr) {
        apply(file, to);
      }
    }
  }
}

std::unique_ptr<File> make_mf(const CardProfile& profile) {
  auto mf = std::make_unique<File>();
  mf->fid = kMf;
  std::vector<Bytes> applications;
  for (const auto application : profile.applications) {
    applications.push_back(dir_record(application));
  }
  if (applications.empty()) {
    applications.emplace_back();
  }
  // Room for one more application, as on most cards: a record of FF.
  applications.emplace_back();
  add_linear_fixed(*mf, kEfDir, 0x1e, Rule::read_always, std::move(applications));
  add_transparent(*mf, kEfIccid, 0x02, Rule::read_always, swapped_bcd(profile.iccid, 10));
  add_transparent(*mf, kEfPl, 0x05, Rule::read_always_update_pin, to_bytes(as_bytes("en")));
  add_linear_fixed(*mf, kArrInMf, 0x06, Rule::read_always, arr_records());
  apply_settings(profile, Directory::mf, *mf);
  return mf;
}

std::unique_ptr<File> make_adf(Application application) {
  auto adf = std::make_unique<File>();
  adf->kind = FileKind::adf;
  adf->fid = kCurrentApplication;
  adf->aid = to_bytes(aid_of(application));
  return adf;
}

std::unique_ptr<File> make_isim(const CardProfile& profile) {
  auto adf = make_adf(Application::isim);
  std::vector<Bytes> impus;
  for (const auto& impu : profile.impus) {
    impus.push_back(text_object(impu));
  }
  add_transparent(*adf, kEfImpi, 0x02, Rule::read_pin, text_object(profile.impi));
  add_transparent(*adf, kEfDomain, 0x05, Rule::read_pin, text_object(profile.domain));
  add_linear_fixed(*adf, kEfImpu, 0x04, Rule::read_pin, std::move(impus));
  // Normal operation.
  add_transparent(*adf, kEfAd, 0x03, Rule::read_always, {0x00, 0x00, 0x00});
  add_linear_fixed(*adf, kArrInAdf, 0x06, Rule::read_always, arr_records());
  add_transparent(*adf, kEfIst, 0x07, Rule::read_pin, service_table(profile.isim_services, 3));
  if (!profile.p_cscfs.empty()) {
    std::vector<Bytes> p_cscfs;
    for (const auto& host : profile.p_cscfs) {
      p_cscfs.push_back(p_cscf_record(host));
    }
    add_linear_fixed(*adf, kEfPCscf, std::nullopt, Rule::read_pin, std::move(p_cscfs));
  }
  if (has_gba(profile, Application::isim)) {
    add_gba_files(*adf, Application::isim);
  }
  apply_settings(profile, Directory::isim, *adf);
  return adf;
}

std::unique_ptr<File> make_usim(const CardProfile& profile) {
  auto adf = make_adf(Application::usim);
  const auto access_class = static_cast<unsigned>(profile.imsi.back() - '0');
  add_transparent(*adf, kEfImsi, 0x07, Rule::read_pin, imsi_content(profile.imsi));
  add_transparent(*adf, kEfAd, 0x03, Rule::read_always, {0x00, 0x00, 0x00, profile.mnc_length});
  add_linear_fixed(*adf, kArrInAdf, 0x17, Rule::read_always, arr_records());
  add_transparent(*adf, kEfUst, 0x04, Rule::read_pin, service_table(profile.usim_services, 13));
  add_transparent(*adf, kEfLi, 0x02, Rule::read_always_update_pin, to_bytes(as_bytes("en")));
  add_transparent(*adf, kEfAcc, 0x06, Rule::read_pin,
                  {static_cast<std::uint8_t>(1U << access_class >> 8),
                   static_cast<std::uint8_t>((1U << access_class) & 0xff)});
  if (has_gba(profile, Application::usim)) {
    add_gba_files(*adf, Application::usim);
  }
  apply_settings(profile, Directory::usim, *adf);
  return adf;
}

}  // namespace

ByteView aid_of(Application application) {
  switch (application) {
    case Application::isim:
      return kIsimAid;
    case Application::usim:
      return kUsimAid;
  }
  return {};
}

FileSystem make_files(const CardProfile& profile) {
  FileSystem files{.mf = make_mf(profile), .applications = {}};
  for (const auto application : profile.applications) {
    switch (application) {
      case Application::isim:
        files.applications.push_back(make_isim(profile));
        break;
      case Application::usim:
        files.applications.push_back(make_usim(profile));
        break;
    }
  }
  return files;
}

Bytes make_atr(AtrProtocols protocols) {
  // Card service data: selection by full and partial AID, EF_DIR, READ BINARY, an MF; then a name.
  constexpr std::string_view kHistorical = "\x80\x31\xe8\x66UT-AKA";
  Bytes atr{0x3b};
  bool has_tck = false;
  const auto historical = static_cast<std::uint8_t>(kHistorical.size());
  switch (protocols) {
    case AtrProtocols::t0:
      atr.push_back(historical);
      break;
    case AtrProtocols::t1:
      // TD1: T=1 and TD2; TD2: T=1, TA3 IFSC 254, TB3 BWI 4 CWI 5.
      append(atr, Bytes{static_cast<std::uint8_t>(0x80 | historical), 0x81, 0x31, 0xfe, 0x45});
      has_tck = true;
      break;
    case AtrProtocols::dual:
      append(atr, Bytes{static_cast<std::uint8_t>(0x80 | historical), 0x80, 0x01});
      has_tck = true;
      break;
  }
  append(atr, as_bytes(kHistorical));
  if (has_tck) {
    std::uint8_t tck = 0;
    for (std::size_t i = 1; i < atr.size(); ++i) {
      tck = static_cast<std::uint8_t>(tck ^ atr[i]);
    }
    atr.push_back(tck);
  }
  return atr;
}

}  // namespace ut::isim::soft
