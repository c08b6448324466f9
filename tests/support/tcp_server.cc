#include "tests/support/tcp_server.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace gaikei::support {
namespace {

std::unique_ptr<Connection> WrapPlain(Fd fd, std::size_t number, const StopSignal& stop) {
  return std::make_unique<TcpConnection>(std::move(fd), number, stop);
}

Fd Listen(const ListenOptions& options) {
  Fd fd = BindSocket(SOCK_STREAM, options.address, options.port);
  if (listen(fd.get(), SOMAXCONN) != 0) {
    throw std::system_error(errno, std::generic_category(), "listen");
  }
  return fd;
}

}  // namespace

void BlockSignals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

TcpServer::TcpServer(Handler handler, const ListenOptions& options)
    : TcpServer(std::move(handler), WrapPlain, options) {}

TcpServer::TcpServer(Handler handler, Wrapper wrapper, const ListenOptions& options)
    : handler_(std::move(handler)),
      wrapper_(std::move(wrapper)),
      address_(options.address),
      listener_(Listen(options)),
      port_(PortOf(listener_.get())),
      acceptor_([this] { AcceptAll(); }) {}

TcpServer::~TcpServer() {
  stop_.Raise();
  acceptor_.join();
  for (Worker& worker : workers_) worker.thread.join();
}

std::string TcpServer::Authority() const {
  const bool is_v6 = address_.find(':') != std::string::npos;
  return (is_v6 ? "[" + address_ + "]" : address_) + ":" + std::to_string(port_);
}

void TcpServer::AcceptAll() {
  BlockSignals();
  while (WaitFor(listener_.get(), POLLIN, &stop_) == Wake::kReady) {
    Fd fd(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fd) continue;
    workers_.remove_if([](Worker& worker) {
      if (!worker.is_done) return false;
      worker.thread.join();
      return true;
    });
    const std::size_t number = connections_++;
    Worker& worker = workers_.emplace_back();
    worker.thread = std::thread(
        [this, &worker, number, raw = fd.Release()] { Serve(&worker, Fd(raw), number); });
  }
}

void TcpServer::Serve(Worker* worker, Fd fd, std::size_t number) {
  BlockSignals();
  if (const std::unique_ptr<Connection> connection = wrapper_(std::move(fd), number, stop_)) {
    handler_(*connection);
    connection->CloseGracefully();
  }
  worker->is_done = true;
}

}  // namespace gaikei::support
