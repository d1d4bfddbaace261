// Names that follow from the subscriber's identity (TS 23.003 clauses 13 and 16.2) [UB-1 XC-1].
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ut::gba {

// The domain part of an IMPI (user@domain), normalised; nullopt when it is not a host name.
std::optional<std::string> domain_of(std::string_view impi);

// ISIM: "bsf." before the IMPI's domain; "pub" put before 3gppnetwork.org where the domain ends so.
std::optional<std::string> bsf_name_from_impi(std::string_view impi);
// USIM: bsf.mnc<MNC>.mcc<MCC>.pub.3gppnetwork.org. `imsi` has 6 to 15 digits, `mnc_length` is 2 or
// 3; nullopt otherwise.
std::optional<std::string> bsf_name_from_imsi(std::string_view imsi, unsigned mnc_length);

// USIM, from the IMPI that was made of its IMSI (<IMSI>@ims.mnc<MNC>.mcc<MCC>.3gppnetwork.org):
// the same name, without the label "ims". nullopt for an IMPI of another form.
std::optional<std::string> bsf_name_from_usim_impi(std::string_view impi);

// The host of the XCAP root URI (clause 13.9), by the same rules.
std::optional<std::string> xcap_host_from_impi(std::string_view impi);
std::optional<std::string> xcap_host_from_imsi(std::string_view imsi, unsigned mnc_length);

// A subscriber without ISIM (clauses 13.2 and 13.3): ims.mnc<MNC>.mcc<MCC>.3gppnetwork.org and
// <IMSI>@ that.
std::optional<std::string> home_domain_from_imsi(std::string_view imsi, unsigned mnc_length);
std::optional<std::string> impi_from_imsi(std::string_view imsi, unsigned mnc_length);

}  // namespace ut::gba
