#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/socket.h"
#include "tests/support/tcp_server.h"

namespace gaikei::support {

/// One datagram that a raw server sends: right, wrong, or no DNS at all.
struct RawDatagram {
  std::string bytes;                   ///< may be empty: a datagram of 0 bytes
  std::chrono::milliseconds after{0};  ///< waited before it is sent
  bool from_elsewhere = false;         ///< sent from another port than was asked
};

/// A name server on 127.0.0.1, UDP and TCP on one port, that says whatever it is told, byte by
/// byte. Both lambdas are called on its own threads.
class RawDnsServer {
 public:
  /// What is sent to whoever sent `query`, in this order.
  using OnDatagram = std::function<std::vector<RawDatagram>(const std::string& query)>;

  /// Without `on_stream` the TCP port refuses connections.
  explicit RawDnsServer(OnDatagram on_datagram, const TcpServer::Handler& on_stream = {});
  ~RawDnsServer();
  RawDnsServer(const RawDnsServer&) = delete;
  RawDnsServer& operator=(const RawDnsServer&) = delete;

  std::uint16_t port() const { return PortOf(udp_.get()); }
  /// "127.0.0.1:4711", as a server is written.
  std::string Authority() const { return "127.0.0.1:" + std::to_string(port()); }

 private:
  void AnswerDatagrams();

  const OnDatagram on_datagram_;
  StopSignal stop_;
  Fd udp_;
  Fd elsewhere_;
  Fd refusing_;  ///< the TCP port where nobody listens
  std::unique_ptr<TcpServer> tcp_;
  std::thread thread_;
};

/// A message behind its length (RFC 1035, 4.2.2).
std::string WithLength(const std::string& message);
/// The next message of a connection; empty when the peer is gone.
std::string ReadMessage(Connection& connection);

/// A UDP port on 127.0.0.1 whose datagrams come back as ICMP "port unreachable" for as long as this
/// lives: somebody has it, and listens to a single other peer.
class RefusingUdpPort {
 public:
  RefusingUdpPort();
  std::uint16_t port() const { return PortOf(fd_.get()); }
  std::string Authority() const { return "127.0.0.1:" + std::to_string(port()); }

 private:
  Fd fd_;
};

}  // namespace gaikei::support
