#include "probe/demo/web_server.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstring>
#include <mutex>

namespace gaikei::demo {
namespace {

/// What a stalled answer promises beyond its body.
constexpr std::size_t kPromised = 64 * 1024;

/// Wakes everybody who waits when the server ends.
class Stopping {
 public:
  void Raise() {
    {
      const std::lock_guard lock(mutex_);
      is_raised_ = true;
    }
    changed_.notify_all();
  }
  void WaitFor(Span span) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, span, [this] { return is_raised_; });
  }
  void Wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return is_raised_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_raised_ = false;
};

/// A body that begins and does not end.
struct StalledBody {
  std::string begin;
  Stopping* stopping;

  static ssize_t Read(void* self, std::uint64_t position, char* buffer, std::size_t room) noexcept {
    auto& body = *static_cast<StalledBody*>(self);
    if (position < body.begin.size()) {
      const std::size_t at = static_cast<std::size_t>(position);
      const std::size_t count = std::min(room, body.begin.size() - at);
      std::memcpy(buffer, body.begin.data() + at, count);
      return static_cast<ssize_t>(count);
    }
    body.stopping->Wait();
    return MHD_CONTENT_READER_END_WITH_ERROR;
  }
  static void Free(void* self) noexcept { delete static_cast<StalledBody*>(self); }
};

}  // namespace

struct WebServer::Impl {
  Handler handler;
  io::CertifiedKey identity;
  std::string chain;  ///< the daemon keeps pointers to these two
  Stopping stopping;
  MHD_Daemon* daemon = nullptr;
  std::uint16_t port = 0;

  ~Impl() {
    stopping.Raise();
    if (daemon != nullptr) MHD_stop_daemon(daemon);
  }

  MHD_Response* Respond(const WebAnswer& answer) {
    if (answer.stalls) {
      return MHD_create_response_from_callback(
          answer.body.size() + kPromised, 4096, &StalledBody::Read,
          new StalledBody{answer.body, &stopping}, &StalledBody::Free);
    }
    return MHD_create_response_from_buffer(
        answer.body.size(), const_cast<char*>(answer.body.data()), MHD_RESPMEM_MUST_COPY);
  }

  MHD_Result Serve(MHD_Connection* connection, const char* path) {
    const WebAnswer answer = handler(path);
    if (answer.delay > Span::zero()) stopping.WaitFor(answer.delay);
    MHD_Response* response = Respond(answer);
    if (response == nullptr) return MHD_NO;
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "text/plain");
    const MHD_Result queued = MHD_queue_response(connection, answer.status, response);
    MHD_destroy_response(response);
    return queued;
  }

  static MHD_Result OnRequest(void* self, MHD_Connection* connection, const char* url, const char*,
                              const char*, const char*, std::size_t* upload_size,
                              void** state) noexcept {
    // The first call brings the headers alone; what is sent up is not looked at.
    if (*state == nullptr) {
      *state = self;
      return MHD_YES;
    }
    if (*upload_size > 0) {
      *upload_size = 0;
      return MHD_YES;
    }
    return static_cast<Impl*>(self)->Serve(connection, url);
  }
};

WebServer::WebServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
WebServer::~WebServer() = default;

std::uint16_t WebServer::port() const { return impl_->port; }

tl::expected<std::unique_ptr<WebServer>, std::string> WebServer::Start(
    Handler handler, const io::CertifiedKey* identity) {
  auto impl = std::make_unique<Impl>();
  impl->handler = std::move(handler);
  unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::array<MHD_OptionItem, 3> tls = {MHD_OptionItem{MHD_OPTION_END, 0, nullptr}};
  if (identity != nullptr) {
    impl->identity = *identity;
    impl->chain = identity->Chain();
    flags |= MHD_USE_TLS;
    tls = {MHD_OptionItem{MHD_OPTION_HTTPS_MEM_CERT, 0, impl->chain.data()},
           MHD_OptionItem{MHD_OPTION_HTTPS_MEM_KEY, 0, impl->identity.key.data()},
           MHD_OptionItem{MHD_OPTION_END, 0, nullptr}};
  }
  impl->daemon = MHD_start_daemon(flags, 0, nullptr, nullptr, &Impl::OnRequest, impl.get(),
                                  MHD_OPTION_SOCK_ADDR, reinterpret_cast<sockaddr*>(&address),
                                  MHD_OPTION_ARRAY, tls.data(), MHD_OPTION_END);
  if (impl->daemon == nullptr) {
    return tl::unexpected(std::string("cannot start a web server on 127.0.0.1"));
  }
  const auto* info = MHD_get_daemon_info(impl->daemon, MHD_DAEMON_INFO_BIND_PORT);
  if (info == nullptr) return tl::unexpected(std::string("the web server has no port"));
  impl->port = info->port;
  return std::unique_ptr<WebServer>(new WebServer(std::move(impl)));
}

}  // namespace gaikei::demo
