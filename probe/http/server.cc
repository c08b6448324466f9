#include "probe/http/server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <microhttpd.h>

#include <cstring>

#include "checks/io/net/address.h"

namespace gaikei {
namespace {

constexpr std::size_t kMaxBody = 64 * 1024;
constexpr std::size_t kConnectionMemory = 32 * 1024;
constexpr unsigned kMaxConnections = 64;
constexpr unsigned kIdleSeconds = 10;
constexpr unsigned kThreads = 2;

/// State of one request while its body arrives.
struct Pending {
  std::string body;
  bool too_large = false;
};

MHD_Result CollectQuery(void* into, MHD_ValueKind, const char* key, const char* value) {
  auto& request = *static_cast<HttpRequest*>(into);
  const std::string name = key == nullptr ? "" : key;
  if (request.query.contains(name)) request.repeated = name;
  request.query[name] = value == nullptr ? "" : value;
  return MHD_YES;
}

std::string Header(MHD_Connection* connection, const char* name) {
  const char* value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
  return value == nullptr ? "" : value;
}

MHD_Result Reply(MHD_Connection* connection, const HttpResponse& response) {
  MHD_Response* native = MHD_create_response_from_buffer(
      response.body.size(), const_cast<char*>(response.body.data()), MHD_RESPMEM_MUST_COPY);
  if (native == nullptr) return MHD_NO;
  MHD_add_response_header(native, "Content-Type", response.content_type.c_str());
  MHD_add_response_header(native, "X-Content-Type-Options", "nosniff");
  MHD_add_response_header(native, "Cache-Control", "no-store");
  if (response.status == 405) MHD_add_response_header(native, "Allow", response.allow.c_str());
  // RFC 9110, 11.6.1.
  if (response.status == 401) MHD_add_response_header(native, "WWW-Authenticate", "Bearer");
  const MHD_Result queued =
      MHD_queue_response(connection, static_cast<unsigned>(response.status), native);
  MHD_destroy_response(native);
  return queued;
}

}  // namespace

struct HttpServer::Impl {
  Handler handler;
  std::string address;
  bool loopback = true;
  MHD_Daemon* daemon = nullptr;

  ~Impl() {
    if (daemon != nullptr) MHD_stop_daemon(daemon);
  }

  MHD_Result Serve(MHD_Connection* connection, const char* url, const char* method,
                   const char* upload, std::size_t* upload_size, void** state) {
    if (*state == nullptr) {
      *state = new Pending;
      return MHD_YES;
    }
    Pending& pending = *static_cast<Pending*>(*state);
    if (*upload_size > 0) {
      if (pending.body.size() + *upload_size > kMaxBody) {
        pending.too_large = true;
      } else if (!pending.too_large) {
        pending.body.append(upload, *upload_size);
      }
      *upload_size = 0;
      return MHD_YES;
    }
    if (pending.too_large)
      return Reply(connection, {413, "text/plain", "request body too large\n"});
    if (loopback && !IsLoopbackHost(Header(connection, MHD_HTTP_HEADER_HOST))) {
      return Reply(connection, {421, "text/plain", "this Host is not served here\n"});
    }
    if (!Header(connection, MHD_HTTP_HEADER_TRANSFER_ENCODING).empty() &&
        !Header(connection, MHD_HTTP_HEADER_CONTENT_LENGTH).empty()) {
      return Reply(connection, {400, "text/plain", "Transfer-Encoding with Content-Length\n"});
    }
    HttpRequest request;
    request.method = method;
    request.path = url;
    request.accept = Header(connection, MHD_HTTP_HEADER_ACCEPT);
    request.authorization = Header(connection, MHD_HTTP_HEADER_AUTHORIZATION);
    request.body = std::move(pending.body);
    MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, &CollectQuery, &request);
    return Reply(connection, handler(request));
  }

  static MHD_Result OnRequest(void* self, MHD_Connection* connection, const char* url,
                              const char* method, const char*, const char* upload,
                              std::size_t* upload_size, void** state) noexcept {
    return static_cast<Impl*>(self)->Serve(connection, url, method, upload, upload_size, state);
  }

  static void OnCompleted(void*, MHD_Connection*, void** state,
                          MHD_RequestTerminationCode) noexcept {
    delete static_cast<Pending*>(*state);
    *state = nullptr;
  }
};

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() = default;

const std::string& HttpServer::address() const { return impl_->address; }

tl::expected<std::unique_ptr<HttpServer>, std::string> HttpServer::Start(const std::string& listen,
                                                                         Handler handler) {
  const auto colon = listen.rfind(':');
  unsigned long port = 0;
  char* end = nullptr;
  if (colon != std::string::npos) port = std::strtoul(listen.c_str() + colon + 1, &end, 10);
  if (colon == std::string::npos || end == nullptr || *end != '\0' || port > 65535) {
    return tl::unexpected(fmt::format("\"{}\" is no ADDRESS:PORT", listen));
  }
  const std::string host =
      listen.substr(0, colon) == "localhost" ? "127.0.0.1" : listen.substr(0, colon);
  auto address = io::Address::Parse(host, static_cast<std::uint16_t>(port));
  if (!address) return tl::unexpected(fmt::format("\"{}\" is no ADDRESS:PORT", listen));

  auto impl = std::make_unique<Impl>();
  impl->handler = std::move(handler);
  unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD;
  if (address->family() == Family::kIpv6) flags |= MHD_USE_IPv6;
  errno = 0;
  impl->daemon = MHD_start_daemon(
      flags, static_cast<std::uint16_t>(port), nullptr, nullptr, &Impl::OnRequest, impl.get(),
      MHD_OPTION_SOCK_ADDR, reinterpret_cast<const sockaddr*>(&address->storage),
      MHD_OPTION_CONNECTION_LIMIT, kMaxConnections, MHD_OPTION_CONNECTION_TIMEOUT, kIdleSeconds,
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, kConnectionMemory, MHD_OPTION_THREAD_POOL_SIZE, kThreads,
      MHD_OPTION_NOTIFY_COMPLETED, &Impl::OnCompleted, nullptr, MHD_OPTION_END);
  if (impl->daemon == nullptr) {
    return tl::unexpected(
        fmt::format("cannot listen on {}: {}", listen, std::strerror(errno == 0 ? EIO : errno)));
  }
  const auto* info = MHD_get_daemon_info(impl->daemon, MHD_DAEMON_INFO_BIND_PORT);
  const unsigned taken = info != nullptr ? info->port : static_cast<unsigned>(port);
  impl->address = address->family() == Family::kIpv6
                      ? fmt::format("[{}]:{}", address->Text(), taken)
                      : fmt::format("{}:{}", address->Text(), taken);
  impl->loopback = IsLoopbackHost(impl->address);
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

bool IsLoopbackHost(std::string_view host) {
  std::string_view name = host;
  if (!name.empty() && name.front() == '[') {
    const auto close = name.find(']');
    if (close == std::string_view::npos) return false;
    name = name.substr(1, close - 1);
  } else if (const auto colon = name.find(':'); colon != std::string_view::npos) {
    name = name.substr(0, colon);
  }
  if (name == "localhost" || name == "::1") return true;
  const auto address = io::Address::Parse(name, 0);
  if (!address || address->family() != Family::kIpv4) return false;
  in_addr ipv4 = reinterpret_cast<const sockaddr_in*>(&address->storage)->sin_addr;
  return (ntohl(ipv4.s_addr) >> 24) == 127;
}

}  // namespace gaikei
