#include "checks/io/http/connection_cache.h"

#include <curl/curl.h>
#include <unistd.h>

#include <utility>

#include "checks/io/net/tcp_facts.h"
#include "checks/io/tls/tls_peer.h"

namespace gaikei::io {

ConnectionCache::ConnectionCache() : handle_(curl_share_init()) {
  if (handle_ != nullptr) curl_share_setopt(handle_, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT);
}

ConnectionCache::~ConnectionCache() {
  // Says goodbye on what stands and closes it, through OnClose.
  if (handle_ != nullptr) curl_share_cleanup(handle_);
}

const StandingConnection* ConnectionCache::Find(const Wish& wish) const {
  const MonoTime oldest = MonoNow() - wish.idle_limit;
  for (const auto& [fd, connection] : standing_) {
    const bool is_good = !connection->is_used && connection->key == wish.key &&
                         connection->last_used >= oldest &&
                         (wish.peer == nullptr || *wish.peer == connection->peer) &&
                         (!wish.is_public || ScopeOf(connection->peer) == AddressScope::kPublic);
    if (is_good) return connection.get();
  }
  return nullptr;
}

void ConnectionCache::Add(int fd, std::shared_ptr<StandingConnection> connection) {
  sockaddr_storage local{};
  socklen_t length = sizeof local;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&local), &length) == 0 &&
      local.ss_family != AF_UNIX) {
    const Address address{local, length};
    connection->local_address = address.Text();
    connection->local_port = address.port();
  }
  connection->fd = fd;
  standing_.insert_or_assign(fd, std::move(connection));
}

std::shared_ptr<StandingConnection> ConnectionCache::Chosen(std::string_view key,
                                                            std::string_view local_address,
                                                            int local_port) const {
  for (const auto& [fd, connection] : standing_) {
    // The local end of a unix socket has no name: there any of the same key will have to do.
    const std::string& own = connection->local_address;
    const bool is_it = own.empty() || (connection->local_port == local_port &&
                                       own.substr(0, own.find('%')) == local_address);
    if (is_it && connection->key == key) return connection;
  }
  return nullptr;
}

int ConnectionCache::OnClose(void* self, int fd) noexcept {
  auto& cache = *static_cast<ConnectionCache*>(self);
  if (const auto it = cache.standing_.find(fd); it != cache.standing_.end()) {
    if (IsTcp(fd)) it->second->last_facts = ReadTcpFacts(fd);
    it->second->fd = -1;
    cache.standing_.erase(it);
  }
  return ::close(fd);
}

}  // namespace gaikei::io
