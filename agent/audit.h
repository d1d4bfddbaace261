// Records of every use of a key: what was done, and for whom.
#pragma once

#include "agent/cause.h"
#include "base/log.h"

#include <string>
#include <string_view>
#include <vector>

namespace ut::ports {

// `what` behind request id, application, uid, pid, executable and unit; "-" where nobody tells
// them.
inline void audit(std::string_view event, const Cause& cause, log::Fields what) {
  static const Asker kNobody{.application = "-"};
  const Asker& asker = cause.asker ? *cause.asker : kNobody;
  std::vector<log::Field> fields = {
      {"request_id", cause.id.view()},
      {"application", asker.application},
      {"uid", asker.uid ? std::to_string(*asker.uid) : std::string("-")},
      {"pid", asker.pid},
      {"executable", asker.executable},
      {"unit", asker.unit}};
  fields.insert(fields.end(), what.begin(), what.end());
  log::audit(event, fields);
}

}  // namespace ut::ports
