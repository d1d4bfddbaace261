// AES-GCM for wolfSSL's records with the AES instructions of the processor, which Debian's build of
// it does not use.
#pragma once

#include "base/result.h"

namespace ut::tls {

// Makes the device known to the library, once a process. crypto_failed.
Result<void> register_aes_device();

// The number that wolfSSL knows it by: for wolfSSL_CTX_SetDevId and wc_AesInit. It is "no device"
// where the processor has no AES instructions.
int aes_device();

}  // namespace ut::tls
