#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checks/io/tls/certificate_maker.h"
#include "tests/support/http_server.h"
#include "tests/support/tcp_server.h"

namespace gaikei::support {

/// How the handshake of a TlsServer goes.
struct TlsServerOptions {
  io::CertifiedKey certificate =
      {};               ///< presents its Chain(); may be anything, also expired or weak
  int min_version = 0;  ///< TLS1_VERSION ... TLS1_3_VERSION of OpenSSL; 0: OpenSSL's lowest
  int max_version = 0;  ///< 0: OpenSSL's highest
  std::string ciphers = "DEFAULT:@SECLEVEL=0";  ///< TLS 1.2 and below
  std::vector<std::string> alpn = {};  ///< in order of preference; empty: the extension is ignored
  /// PEM roots of client certificates, which are then demanded; empty: none are asked for.
  std::string client_roots = {};
  bool sends_tickets = true;  ///< TLS 1.3: after the handshake
  /// Server names that are answered with a certificate of their own.
  std::map<std::string, io::CertifiedKey> by_name = {};
  int dh_bits = 0;               ///< Diffie-Hellman group, 1024 or 2048; 0: none, so no such cipher
  std::string ocsp_answer = {};  ///< DER, stapled to the handshake; empty: none
  /// Server name that is answered with the fatal alert unrecognized_name (RFC 6066, 3).
  std::string refused_name = {};
};

/// What a handshake told of the client, when it succeeded.
struct TlsClientFacts {
  std::string server_name;  ///< SNI; empty: none
  std::string version;      ///< "TLSv1.3"
  std::string alpn;         ///< selected; empty: none
  bool has_certificate = false;
};

/// A TLS server: TcpServer whose handler talks inside TLS, after a handshake that succeeded.
/// For a server that is silent in the handshake, or speaks no TLS, use TcpServer.
///
/// io::CertifiedKey key = io::MakeCertificate({.dns_names = {"localhost"}});
/// TlsServer server({.certificate = key}, [](Connection& c) { c.Write("hi"); });
class TlsServer {
 public:
  TlsServer(const TlsServerOptions& options, TcpServer::Handler handler,
            const ListenOptions& listen = {});

  std::uint16_t port() const { return server_.port(); }
  std::string Authority() const { return server_.Authority(); }
  std::size_t connections() const { return server_.connections(); }

  /// For HttpServer: makes every connection a TLS one.
  /// HttpServer server(handler, TlsServer::Wrap({.certificate = key}), "https");
  /// `facts`, when given, is told of each handshake, on the connection's thread.
  static TcpServer::Wrapper Wrap(const TlsServerOptions& options,
                                 std::function<void(const TlsClientFacts&)> facts = {});

 private:
  TcpServer server_;
};

/// Shakes hands as a server on a connection that has talked in the clear so far (STARTTLS), taking
/// its socket. Null when the handshake fails.
std::unique_ptr<Connection> StartTls(Connection& plain, const TlsServerOptions& options);

}  // namespace gaikei::support
