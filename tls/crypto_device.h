// What nettle does in the place of Debian's wolfSSL, through the library's crypto callback: AES-GCM
// of the records by the processor's AES instructions, which that build does not use, and the check
// of ECDSA signatures, for which that build would keep 0.9 MB of tables for each point it meets.
#pragma once

#include "base/result.h"

namespace ut::tls {

// Makes the device known to the library, once a process. crypto_failed.
Result<void> register_crypto_device();

// The number that wolfSSL knows it by: for wolfSSL_CTX_SetDevId, wc_AesInit and wc_ecc_init_ex.
int crypto_device();

// Wipes the key schedules that records were protected with on this thread; those still needed are
// made again. Whoever ends a connection calls it.
void forget_key_schedules();

}  // namespace ut::tls
