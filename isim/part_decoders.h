// What a part of a file says, as a tree of values: the typed decoders in the one form that
// FileSpec::decode has. A part is a body, a record or a data object, see PartDecoder.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "isim/file_value.h"

namespace ut::isim::part {

// MF (TS 102 221 clause 13)
Result<Value> dir(ByteView part);
Result<Value> languages(ByteView part);
Result<Value> arr(ByteView part);
Result<Value> iccid(ByteView part);
Result<Value> umpc(ByteView part);

// ISIM (TS 31.103 clause 4.2)
Result<Value> impi(ByteView part);
Result<Value> domain(ByteView part);
Result<Value> impu(ByteView part);
Result<Value> ist(ByteView part);
Result<Value> ad(ByteView part);
Result<Value> p_cscf(ByteView part);
Result<Value> gbabp(ByteView part);
Result<Value> gbanl(ByteView part);
Result<Value> nafkca(ByteView part);
Result<Value> uicciari(ByteView part);
Result<Value> from_preferred(ByteView part);
Result<Value> config_data(ByteView part);
Result<Value> xcap_config(ByteView part);
Result<Value> webrtc_uri(ByteView part);
Result<Value> ac_gbauapi(ByteView part);
Result<Value> imsdci(ByteView part);

// USIM (TS 31.102 clause 4.2)
Result<Value> imsi(ByteView part);
Result<Value> ust(ByteView part);
Result<Value> spn(ByteView part);

// Both
Result<Value> sms(ByteView part);
Result<Value> smss(ByteView part);
Result<Value> smsr(ByteView part);

}  // namespace ut::isim::part
