#include "agent/daemon/pin_settings.h"

#include "agent/card/pin_latch.h"
#include "agent/daemon/secret_file.h"

namespace ut::daemon {

std::string pin_place(const CardSettings& settings) {
  if (!settings.pin_file.empty()) {
    return "file " + settings.pin_file;
  }
  return settings.pin_credential.empty() ? "" : "credential " + settings.pin_credential;
}

std::string pin_source(const CardSettings& settings) {
  // Each start of the service makes the file of a credential anew, so that file tells nothing: only
  // clearing the latch makes a refused PIN be sent again.
  return settings.pin_file.empty() ? pin_place(settings) : card::pin_source_of(settings.pin_file);
}

Result<SecretBytes> read_pin(const CardSettings& settings) {
  if (!settings.pin_file.empty()) {
    return read_secret_file(settings.pin_file);
  }
  if (!settings.pin_credential.empty()) {
    return read_credential(settings.pin_credential);
  }
  return SecretBytes();
}

}  // namespace ut::daemon
