#include "agent/ub/curl_http_client.h"

#include "base/net/path.h"

#include <curl/curl.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <malloc.h>
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace ut::ub {
namespace asio = boost::asio;
namespace {

// libcurl copies what it sends. Every block that it gives back is wiped, so no copy of an
// Authorization value stays in the heap [KEY-4].
void wiping_free(void* block) {
  if (block != nullptr) {
    wipe({static_cast<std::uint8_t*>(block), malloc_usable_size(block)});
    std::free(block);
  }
}

void* wiping_realloc(void* block, std::size_t size) {
  void* moved = std::malloc(size);
  if (moved != nullptr && block != nullptr) {
    std::memcpy(moved, block, std::min(size, malloc_usable_size(block)));
    wiping_free(block);
  }
  return moved;
}

void* plain_malloc(std::size_t size) {
  return std::malloc(size);
}
void* plain_calloc(std::size_t count, std::size_t size) {
  return std::calloc(count, size);
}
char* plain_strdup(const char* text) {
  return ::strdup(text);
}

void initialise_curl() {
  static const CURLcode done = curl_global_init_mem(CURL_GLOBAL_DEFAULT, plain_malloc, wiping_free,
                                                    wiping_realloc, plain_strdup, plain_calloc);
  if (done != CURLE_OK) {
    std::abort();
  }
}

Error error_of(CURLcode code) {
  const ForeignNumber number{ForeignKind::curl, static_cast<long>(code)};
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return {ErrorCode::ub_bsf_name_unresolved, "Ub request", number};
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
      return {ErrorCode::ub_connection_lost, "Ub request", number};
    case CURLE_OPERATION_TIMEDOUT:
      return {ErrorCode::ub_timeout, "Ub request", number};
    case CURLE_PARTIAL_FILE:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_HTTP2:
      return {ErrorCode::ub_answer_malformed, "Ub request", number};
    default:
      return {ErrorCode::ub_bsf_unreachable, "Ub request", number, curl_easy_strerror(code)};
  }
}

struct EasyRelease {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct ListRelease {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, ListRelease>;

void append(List& list, const char* line) {
  curl_slist* longer = curl_slist_append(list.get(), line);
  if (longer == nullptr) {
    throw std::bad_alloc();
  }
  (void)list.release();
  list.reset(longer);
}

}  // namespace

// One request on its way. It belongs to the coroutine that waits for it: when that goes, so does
// the transfer.
class CurlHttpClient::Transfer {
 public:
  Transfer(std::shared_ptr<Loop> loop, const CurlSettings& settings, const HttpRequest& request);
  ~Transfer();
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  Result<void> start();
  ports::Task<Result<HttpResponse>> finished();
  void finish(CURLcode code);
  // Whether an answer can still come: there is a connection, from an address that is ours.
  bool may_be_answered() const;

 private:
  template <class T>
  void set(CURLoption option, T value) {
    if (curl_easy_setopt(easy_.get(), option, value) != CURLE_OK) {
      std::abort();
    }
  }
  static std::size_t on_header(char* data, std::size_t, std::size_t octets, void* self);
  static std::size_t on_body(char* data, std::size_t, std::size_t octets, void* self);
  void read_headers();

  std::shared_ptr<Loop> loop_;
  std::size_t max_headers_;
  std::size_t max_body_;
  std::unique_ptr<CURL, EasyRelease> easy_{curl_easy_init()};
  List headers_;
  List connect_to_;
  asio::steady_timer done_;
  std::optional<CURLcode> code_;
  std::size_t header_octets_ = 0;
  bool too_large_ = false;
  bool started_ = false;
  HttpResponse response_;
};

// Connects libcurl's wishes (watch this socket, call me at that time) with the Asio loop.
class CurlHttpClient::Loop : public std::enable_shared_from_this<Loop> {
 public:
  explicit Loop(const asio::any_io_executor& executor)
      : executor_(executor), timer_(executor), multi_(curl_multi_init()) {
    if (multi_ == nullptr) {
      std::abort();
    }
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &Loop::on_socket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &Loop::on_timer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  }
  ~Loop() {
    curl_multi_cleanup(multi_);
    for (auto& [fd, watch] : watches_) {
      stop(*watch);
    }
  }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  CURLM* multi() { return multi_; }
  void add(Transfer* transfer) { transfers_.insert(transfer); }
  void remove(Transfer* transfer) { transfers_.erase(transfer); }

  void network_changed() {
    for (Transfer* transfer : transfers_) {
      if (!transfer->may_be_answered()) {
        transfer->finish(CURLE_COULDNT_CONNECT);
      }
    }
  }
  const asio::any_io_executor& executor() const { return executor_; }

 private:
  struct Watch {
    explicit Watch(const asio::any_io_executor& executor, int fd) : descriptor(executor, fd) {}
    asio::posix::stream_descriptor descriptor;
    bool in = false;  // what libcurl wants
    bool out = false;
    bool waiting_in = false;  // what Asio waits for
    bool waiting_out = false;
    bool stopped = false;
  };

  static int on_socket(CURL*, curl_socket_t fd, int what, void* self, void*) {
    static_cast<Loop*>(self)->watch(fd, what);
    return 0;
  }
  static int on_timer(CURLM*, long milliseconds, void* self) {
    static_cast<Loop*>(self)->set_timer(milliseconds);
    return 0;
  }

  // The socket is libcurl's: it is given back, never closed here.
  static void stop(Watch& watch) {
    watch.stopped = true;
    (void)watch.descriptor.release();
  }

  void watch(curl_socket_t fd, int what) {
    auto found = watches_.find(fd);
    if (what == CURL_POLL_REMOVE) {
      if (found != watches_.end()) {
        stop(*found->second);
        watches_.erase(found);
      }
      return;
    }
    if (found == watches_.end()) {
      found = watches_.emplace(fd, std::make_shared<Watch>(executor_, fd)).first;
    }
    found->second->in = (what & CURL_POLL_IN) != 0;
    found->second->out = (what & CURL_POLL_OUT) != 0;
    arm(fd, found->second);
  }

  void arm(curl_socket_t fd, const std::shared_ptr<Watch>& watch) {
    using Descriptor = asio::posix::stream_descriptor;
    if (watch->in && !watch->waiting_in) {
      watch->waiting_in = true;
      wait(fd, watch, Descriptor::wait_read, CURL_CSELECT_IN, &Watch::waiting_in, &Watch::in);
    }
    if (watch->out && !watch->waiting_out) {
      watch->waiting_out = true;
      wait(fd, watch, Descriptor::wait_write, CURL_CSELECT_OUT, &Watch::waiting_out, &Watch::out);
    }
  }

  void wait(curl_socket_t fd, const std::shared_ptr<Watch>& watch,
            asio::posix::stream_descriptor::wait_type type, int event, bool Watch::* waiting,
            bool Watch::* wanted) {
    watch->descriptor.async_wait(
        type, [loop = weak_from_this(), weak = std::weak_ptr(watch), fd, event, waiting,
               wanted](const boost::system::error_code& error) {
          const auto self = loop.lock();
          const auto still = weak.lock();
          if (!self || !still || still->stopped) {
            return;
          }
          (*still).*waiting = false;
          if ((*still).*wanted) {
            self->act(fd, error ? CURL_CSELECT_ERR : event);
          }
          if (!still->stopped) {
            self->arm(fd, still);
          }
        });
  }

  void set_timer(long milliseconds) {
    if (milliseconds < 0) {
      timer_.cancel();
      return;
    }
    timer_.expires_after(std::chrono::milliseconds(milliseconds));
    timer_.async_wait([loop = weak_from_this()](const boost::system::error_code& error) {
      const auto self = loop.lock();
      if (self && !error) {
        self->act(CURL_SOCKET_TIMEOUT, 0);
      }
    });
  }

  void act(curl_socket_t fd, int events) {
    int running = 0;
    curl_multi_socket_action(multi_, fd, events, &running);
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg == CURLMSG_DONE) {
        void* transfer = nullptr;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
        static_cast<Transfer*>(transfer)->finish(message->data.result);
      }
    }
  }

  asio::any_io_executor executor_;
  asio::steady_timer timer_;
  CURLM* multi_;
  std::map<curl_socket_t, std::shared_ptr<Watch>> watches_;
  std::set<Transfer*> transfers_;  // that were started
};

CurlHttpClient::Transfer::Transfer(std::shared_ptr<Loop> loop, const CurlSettings& settings,
                                   const HttpRequest& request)
    : loop_(std::move(loop)),
      max_headers_(settings.max_headers),
      max_body_(settings.max_body),
      done_(loop_->executor(), asio::steady_timer::time_point::max()) {
  if (easy_ == nullptr) {
    throw std::bad_alloc();
  }
  const std::string url =
      "http://" + request.host + ":" + std::to_string(request.port) + request.target;
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_PRIVATE, static_cast<void*>(this));
  set(CURLOPT_PROTOCOLS_STR, "http");
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_PATH_AS_IS, 1L);
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_HTTP_CONTENT_DECODING, 0L);
  set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(settings.timeout.count()));
  set(CURLOPT_PROXY, settings.proxy.c_str());
  set(CURLOPT_NOPROXY, "");
  set(CURLOPT_USERAGENT, settings.user_agent.c_str());
  set(CURLOPT_HEADERFUNCTION, &Transfer::on_header);
  set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(CURLOPT_WRITEFUNCTION, &Transfer::on_body);
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  append(headers_, "Accept: application/vnd.3gpp.bsf+xml, */*");
  if (!request.authorization.empty()) {
    constexpr std::string_view kName = "Authorization: ";
    const auto value = request.authorization.expose();
    SecretBytes line(kName.size() + value.size() + 1);
    std::ranges::copy(kName, line.expose_mutable().begin());
    std::ranges::copy(value, line.expose_mutable().subspan(kName.size()).begin());
    append(headers_, reinterpret_cast<const char*>(line.expose().data()));
  }
  set(CURLOPT_HTTPHEADER, headers_.get());
  if (!settings.address.empty()) {
    append(connect_to_, ("::" + settings.address).c_str());
    set(CURLOPT_CONNECT_TO, connect_to_.get());
  }
}

CurlHttpClient::Transfer::~Transfer() {
  if (started_) {
    loop_->remove(this);
    curl_multi_remove_handle(loop_->multi(), easy_.get());
  }
}

Result<void> CurlHttpClient::Transfer::start() {
  const auto code = curl_multi_add_handle(loop_->multi(), easy_.get());
  if (code != CURLM_OK) {
    return fail(ErrorCode::ub_bsf_unreachable, "Ub request", {},
                std::string(curl_multi_strerror(code)));
  }
  started_ = true;
  loop_->add(this);
  return {};
}

void CurlHttpClient::Transfer::finish(CURLcode code) {
  if (!code_) {
    code_ = code;
    done_.cancel();
  }
}

bool CurlHttpClient::Transfer::may_be_answered() const {
  const auto end = [&](CURLINFO ip, CURLINFO port) -> std::optional<asio::ip::tcp::endpoint> {
    const char* address = nullptr;
    long number = 0;
    curl_easy_getinfo(easy_.get(), ip, &address);
    curl_easy_getinfo(easy_.get(), port, &number);
    boost::system::error_code error;
    const auto parsed = asio::ip::make_address(address == nullptr ? "" : address, error);
    if (error) {
      return std::nullopt;
    }
    return asio::ip::tcp::endpoint(parsed, static_cast<std::uint16_t>(number));
  };
  const auto local = end(CURLINFO_LOCAL_IP, CURLINFO_LOCAL_PORT);
  const auto remote = end(CURLINFO_PRIMARY_IP, CURLINFO_PRIMARY_PORT);
  return local && remote && net::path_of(*local, *remote) != net::Path::gone;
}

ports::Task<Result<HttpResponse>> CurlHttpClient::Transfer::finished() {
  (void)co_await done_.async_wait(asio::as_tuple(asio::use_awaitable));
  if (!code_) {
    co_return fail(ErrorCode::shutting_down, "Ub request");
  }
  if (too_large_) {
    co_return fail(ErrorCode::ub_answer_malformed, "Ub request", std::string("too large"));
  }
  if (*code_ != CURLE_OK) {
    co_return std::unexpected(error_of(*code_));
  }
  long status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  response_.status = static_cast<unsigned>(status);
  curl_off_t retry_after = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RETRY_AFTER, &retry_after);
  if (retry_after > 0) {
    response_.retry_after = std::chrono::seconds(retry_after);
  }
  read_headers();
  co_return std::move(response_);
}

std::size_t CurlHttpClient::Transfer::on_header(char*, std::size_t, std::size_t octets,
                                                void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  transfer.header_octets_ += octets;
  transfer.too_large_ = transfer.header_octets_ > transfer.max_headers_;
  return transfer.too_large_ ? 0 : octets;
}

std::size_t CurlHttpClient::Transfer::on_body(char* data, std::size_t, std::size_t octets,
                                              void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  transfer.too_large_ = transfer.response_.body.size() + octets > transfer.max_body_;
  if (transfer.too_large_) {
    return 0;
  }
  transfer.response_.body.append(data, octets);
  return octets;
}

// libcurl tells headers from trailers and the final answer from 1xx ones.
void CurlHttpClient::Transfer::read_headers() {
  curl_header* header = nullptr;
  while ((header = curl_easy_nextheader(easy_.get(), CURLH_HEADER, -1, header)) != nullptr) {
    response_.headers.push_back({header->name, header->value});
  }
}

CurlHttpClient::CurlHttpClient(boost::asio::any_io_executor executor, CurlSettings settings)
    : settings_(std::move(settings)), executor_(std::move(executor)) {
  initialise_curl();
}

CurlHttpClient::~CurlHttpClient() = default;

ports::Task<Result<HttpResponse>> CurlHttpClient::get(HttpRequest request) {
  if (!loop_) {
    loop_ = std::make_shared<Loop>(executor_);
  }
  return perform(loop_, settings_, std::move(request));
}

ports::Task<Result<HttpResponse>> CurlHttpClient::perform(std::shared_ptr<Loop> loop,
                                                          CurlSettings settings,
                                                          HttpRequest request) {
  Transfer transfer(std::move(loop), settings, request);
  CO_TRY_VOID(transfer.start());
  co_return co_await transfer.finished();
}

void CurlHttpClient::disconnect() {
  loop_.reset();
}

void CurlHttpClient::network_changed() {
  if (loop_) {
    loop_->network_changed();
  }
}

}  // namespace ut::ub
