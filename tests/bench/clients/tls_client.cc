// The floor of HTTPS and TLS checks: new connections to 127.0.0.1 with one shared context, chain
// and address verified, nothing resumed. Prints how often it did so.
//
// tls_client PORT ROOT get|handshake SECONDS

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <string_view>

#include "tests/bench/clients/common.h"

namespace gaikei::bench {
namespace {

constexpr std::string_view kRequest =
    "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n";
constexpr std::string_view kEnd = "\r\n\r\nok";  // the whole body of our server's answer

void Get(SSL* tls) {
  if (SSL_write(tls, kRequest.data(), static_cast<int>(kRequest.size())) <= 0) Die("not written");
  char data[16384];
  std::size_t total = 0;
  while (!std::string_view(data, total).ends_with(kEnd)) {
    const int n = SSL_read(tls, data + total, static_cast<int>(sizeof data - total));
    if (n <= 0) Die("no whole answer");
    total += static_cast<std::size_t>(n);
  }
  if (!std::string_view(data, total).starts_with("HTTP/1.1 200")) Die("another answer than 200");
}

void Once(SSL_CTX* context, std::uint16_t port, bool is_get) {
  const int fd = Connect(port);
  SSL* tls = SSL_new(context);
  if (tls == nullptr || SSL_set_fd(tls, fd) != 1 ||
      X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), "127.0.0.1") != 1) {
    Die("no TLS");
  }
  if (SSL_connect(tls) != 1 || SSL_get_verify_result(tls) != X509_V_OK) Die("no handshake");
  if (is_get) Get(tls);
  SSL_shutdown(tls);
  SSL_free(tls);
  close(fd);
}

}  // namespace
}  // namespace gaikei::bench

int main(int argc, char** argv) {
  using namespace gaikei::bench;
  if (argc != 5) Die("tls_client PORT ROOT get|handshake SECONDS");
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  if (context == nullptr || SSL_CTX_load_verify_locations(context, argv[2], nullptr) != 1) {
    Die("no context");
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  const auto port = static_cast<std::uint16_t>(std::atoi(argv[1]));
  const bool is_get = std::string_view(argv[3]) == "get";
  RepeatFor(std::atof(argv[4]), [&] { Once(context, port, is_get); });
  SSL_CTX_free(context);
  return 0;
}
