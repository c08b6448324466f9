#include "checks/io/http/transfer_connection.h"

#include <curl/curl.h>
#include <fmt/core.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <utility>

#include "checks/io/http/http_transfer.h"
#include "checks/io/net/tcp_facts.h"
#include "checks/io/net/unix_socket.h"
#include "checks/io/tls/tls_peer.h"

namespace gaikei::io {
namespace {

/// A request that may not be sent twice is not put on a connection that the server may be closing
/// at this moment for having been idle.
constexpr std::chrono::seconds kUnsafeIdleLimit{2};

/// The proxy and who we are to it, without showing who.
std::string KeyOf(const ProxyOptions* proxy) {
  if (proxy == nullptr) return {};
  std::string who(proxy->user.Reveal());
  who += ':';
  who += proxy->password.Reveal();
  return fmt::format("{}:{}:{}:{}", static_cast<int>(proxy->type), proxy->host, proxy->port,
                     std::hash<std::string>()(who));
}

/// What two requests must have in common to share a connection.
std::string KeyOf(const HttpRequest& request) {
  const Url& url = *request.url;
  const void* tls = url.scheme == "https" ? request.tls.get() : nullptr;
  return fmt::format("{}://{}:{} {} {} {} {} {} {}", url.scheme, url.host, url.port, tls,
                     request.is_own_host, static_cast<int>(request.version),
                     static_cast<int>(request.family), KeyOf(request.proxy),
                     request.unix_socket == nullptr ? "" : *request.unix_socket);
}

curl_socket_t OnOpen(void* self, curlsocktype, curl_sockaddr*) noexcept {
  return static_cast<TransferConnection*>(self)->Open();
}

int OnOptions(void* self, curl_socket_t, curlsocktype) noexcept {
  return static_cast<TransferConnection*>(self)->MarkTaken() ? CURL_SOCKOPT_ALREADY_CONNECTED
                                                             : CURL_SOCKOPT_OK;
}

int OnClose(void* self, curl_socket_t fd) noexcept {
  return static_cast<TransferConnection*>(self)->Close(fd);
}

}  // namespace

bool IsIdempotent(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "TRACE" ||
         method == "PUT" || method == "DELETE";
}

bool TransferConnection::Take(HttpRequest& request) {
  cache_ = request.connections;
  if (cache_ != nullptr && cache_->handle() == nullptr) cache_ = nullptr;
  is_idempotent_ = IsIdempotent(request.method);
  trusts_standing_ = request.trusts_standing;
  confirmed_before_.reset();
  idle_limit_ = is_idempotent_ || trusts_standing_ ? ConnectionCache::kIdleLimit : kUnsafeIdleLimit;
  has_given_ = request.socket.is_valid();
  socket_ = std::move(request.socket);
  fd_ = -1;
  key_ = KeyOf(request);
  tls_.reset();
  needs_tls_ = request.url->scheme == "https";
  is_clear_http2_ = !needs_tls_ && request.version == HttpVersion::k2;
  standing_.reset();
  is_unix_ = request.unix_socket != nullptr;
  is_queue_full_ = false;
  arrived_.reset();
  taken_.reset();
  is_used_ = false;
  wanted_another_ = false;
  peer_has_closed_ = false;
  last_facts_.reset();
  if (has_given_) {
    if (needs_tls_) {
      tls_ = std::make_shared<TlsPeer>(request.tls, request.url->host, request.is_own_host);
    }
    peer_ = request.peer;
    proxy_ = request.proxy_address;
    return true;
  }
  if (cache_ == nullptr) return false;
  const StandingConnection* found =
      cache_->Find({.key = key_,
                    .peer = request.peer.length == 0 ? nullptr : &request.peer,
                    .is_public = request.deny_private,
                    .idle_limit = idle_limit_});
  if (found == nullptr) return false;
  request.peer = peer_ = found->peer;
  request.proxy_address = proxy_ = found->proxy;
  return true;
}

void TransferConnection::Apply(CURL* easy) {
  const bool keeps = cache_ != nullptr;
  const auto idle_limit = std::chrono::duration_cast<std::chrono::seconds>(idle_limit_);
  curl_easy_setopt(easy, CURLOPT_SHARE, keeps ? cache_->handle() : nullptr);
  // A socket that was given is used, whatever stands.
  curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, has_given_ ? 1L : 0L);
  curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, keeps ? 0L : 1L);
  curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, static_cast<long>(idle_limit.count()));
  // libcurl 7.88 would begin HTTP/2 once more inside the HTTP/2 of a connection that stands
  // (curl #10634). What stands speaks it already, whatever is wanted of a new one.
  if (is_clear_http2_ && !has_given_) {
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS);
  }
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &OnOpen);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, &OnOptions);
  curl_easy_setopt(easy, CURLOPT_SOCKOPTDATA, this);
  // What is left in a cache is closed by it, when this may be gone.
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, keeps ? &ConnectionCache::OnClose : &OnClose);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA,
                   keeps ? static_cast<void*>(cache_) : static_cast<void*>(this));
}

int TransferConnection::Open() noexcept {
  // Once: a second connection would be one that we have not vetted.
  if (!socket_.is_valid()) {
    wanted_another_ = true;
    return -1;
  }
  const int fd = socket_.Release();
  if (cache_ == nullptr) {
    fd_ = fd;
    return fd;
  }
  standing_ = std::make_shared<StandingConnection>();
  standing_->key = key_;
  standing_->peer = peer_;
  standing_->proxy = proxy_;
  standing_->tls = tls_;
  cache_->Add(fd, standing_);
  return fd;
}

bool TransferConnection::MarkTaken() noexcept {
  taken_ = MonoNow();
  return !is_unix_;
}

bool TransferConnection::Arrive() noexcept {
  if (!is_arriving()) return true;
  const int fd = standing_ != nullptr ? standing_->fd : fd_;
  // libcurl takes the EAGAIN of a full queue for a connection in the making, and then for one.
  is_queue_full_ = !HasPeer(fd);
  if (!is_queue_full_) arrived_ = MonoNow();
  return !is_queue_full_;
}

int TransferConnection::Close(int fd) noexcept {
  if (fd == fd_) {
    // libcurl closes it before it says that the transfer is done.
    if (IsTcp(fd)) last_facts_ = ReadTcpFacts(fd);
    char next = 0;
    peer_has_closed_ = recv(fd, &next, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
    fd_ = -1;
  }
  return ::close(fd);
}

bool TransferConnection::Use(const char* local_address, int local_port) {
  if (is_used_ && !is_idempotent_) return false;
  if (!has_given_) {
    standing_ = cache_->Chosen(key_, local_address, local_port);
    if (standing_ == nullptr) return false;
    standing_->is_used = true;
    tls_ = standing_->tls;
    if (trusts_standing_) confirmed_before_ = ConfirmedBytes(standing_->fd);
  }
  if (needs_tls_ &&
      (tls_ == nullptr || !tls_->was_verified() || tls_->verdict() != Reason::kNone)) {
    return false;
  }
  is_used_ = true;
  return true;
}

bool TransferConnection::IsBrokenHttp2(int code, long os_errno) const {
  if (tls_ == nullptr || !tls_->evidence() || tls_->evidence()->alpn != "h2" || os_errno != 0) {
    return false;
  }
  return code == CURLE_SEND_ERROR || (code == CURLE_GOT_NOTHING && !peer_has_closed_);
}

std::optional<TcpEvidence> TransferConnection::Facts() const {
  const int fd = standing_ != nullptr ? standing_->fd : fd_;
  if (fd < 0) return standing_ != nullptr ? standing_->last_facts : last_facts_;
  if (!IsTcp(fd)) return std::nullopt;
  return ReadTcpFacts(fd);
}

bool TransferConnection::SeemsDead() const {
  return !has_given_ && standing_ != nullptr && standing_->fd >= 0 && IsTcp(standing_->fd) &&
         HasUnconfirmed(standing_->fd);
}

bool TransferConnection::NothingArrived() const {
  return !has_given_ && standing_ != nullptr && standing_->fd >= 0 && confirmed_before_ &&
         ConfirmedBytes(standing_->fd) == confirmed_before_;
}

void TransferConnection::Leave() {
  if (standing_ == nullptr || !standing_->is_used) return;
  standing_->is_used = false;
  standing_->last_used = MonoNow();
  standing_.reset();
}

}  // namespace gaikei::io
