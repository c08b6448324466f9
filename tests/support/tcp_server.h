#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/connection.h"

namespace gaikei::support {

struct ListenOptions {
  std::string address = "127.0.0.1";  ///< or "::1"
  std::uint16_t port = 0;             ///< 0: the kernel's choice; else a port known to be free
};

/// A TCP server on threads of its own: one accepts, and each connection has one, so a handler reads
/// like the story it tells. Destroying it ends every connection and joins every thread.
///
/// TcpServer server([](Connection& c) { c.ReadUntil("\r\n\r\n"); c.Reset(); });
class TcpServer {
 public:
  using Handler = std::function<void(Connection&)>;
  /// Makes the connection that the handler gets, on the connection's thread (TLS shakes hands
  /// here). Null: none, the socket is closed.
  using Wrapper =
      std::function<std::unique_ptr<Connection>(Fd fd, std::size_t number, const StopSignal& stop)>;

  explicit TcpServer(Handler handler, const ListenOptions& options = {});
  TcpServer(Handler handler, Wrapper wrapper, const ListenOptions& options = {});
  ~TcpServer();
  TcpServer(const TcpServer&) = delete;
  TcpServer& operator=(const TcpServer&) = delete;

  std::uint16_t port() const { return port_; }
  const std::string& address() const { return address_; }
  /// "127.0.0.1:4711", "[::1]:4711".
  std::string Authority() const;
  /// Connections accepted so far. Any thread.
  std::size_t connections() const { return connections_; }

 private:
  struct Worker {
    std::thread thread;
    std::atomic<bool> is_done = false;
  };

  void AcceptAll();
  void Serve(Worker* worker, Fd fd, std::size_t number);

  const Handler handler_;
  const Wrapper wrapper_;
  const std::string address_;
  Fd listener_;
  const std::uint16_t port_;
  StopSignal stop_;
  std::atomic<std::size_t> connections_ = 0;
  std::list<Worker> workers_;  ///< of the accepting thread until that is joined
  std::thread acceptor_;
};

/// Blocks every signal for the calling thread, so that signals of a test reach the test's thread,
/// and a broken pipe is an error and not the end.
void BlockSignals();

}  // namespace gaikei::support
