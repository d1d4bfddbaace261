// The lab's sockets: the BSF on plain HTTP, NAFs on TLS or plain http, and the control endpoint.
// All on loopback, all on one thread.
#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "tools/ut-lab/certificates.h"
#include "tools/ut-lab/config.h"
#include "tools/ut-lab/faults.h"
#include "tools/ut-lab/gba_keys.h"
#include "tools/ut-lab/stats.h"
#include "tools/ut-lab/xcap_store.h"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>

namespace ut::lab {

class Server {
 public:
  // Opens every port. Throws std::runtime_error or boost::system::system_error when that fails.
  Server(boost::asio::io_context& io, Config config);
  ~Server();

  // Where everything is, one line of JSON; the names of files are put in as they are.
  std::string describe(const std::string& ca_file, const std::string& subscriber_ca_file) const;
  // The CA of NAFs and that of subscribers.
  std::string ca_pem() const;
  std::string subscriber_ca_pem() const;

 private:
  // Shared with the coroutines, which may end after this object.
  class Implementation;
  std::shared_ptr<Implementation> implementation_;
};

}  // namespace ut::lab
