#include "agent/daemon/sandbox.h"

#include "agent/daemon/landlock.h"
#include "agent/daemon/system_calls.h"
#include "base/log.h"

namespace ut::daemon {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kInstrumented = true;
#elif defined(__has_feature)
constexpr bool kInstrumented = __has_feature(address_sanitizer);
#else
constexpr bool kInstrumented = false;
#endif

// What the kernel lacks is told, and is the end where it is required.
Result<void> demand(bool there, SandboxMode mode, std::string_view what) {
  if (there) {
    return {};
  }
  if (mode == SandboxMode::required) {
    return fail(ErrorCode::system_call_failed, "enter sandbox",
                "sandbox.mode is \"required\", and there is no " + std::string(what));
  }
  log::warning("sandbox.incomplete", {{"without", what}});
  return {};
}

}  // namespace

Result<void> enter_sandbox(SandboxMode mode, const SandboxNeeds& needs) {
  if (mode == SandboxMode::off) {
    log::warning("sandbox.off");
    return {};
  }
  if (kInstrumented) {
    // The search for leaks at the end looks into the process from another one.
    return demand(false, mode, "sandbox in a build with AddressSanitizer");
  }
  bool landlock = false;
  if (needs.landlock) {
    TRY(landlock, enter_landlock(needs));
    TRY_VOID(demand(landlock, mode, "Landlock in this kernel"));
  } else {
    TRY_VOID(demand(false, mode, "Landlock where executables of callers are looked at"));
  }
  TRY(const bool filter, filter_system_calls());
  TRY_VOID(demand(filter, mode, "filter of system calls in this kernel"));
  log::info("sandbox.entered", {{"landlock", landlock}, {"system_calls", filter}});
  return {};
}

}  // namespace ut::daemon
