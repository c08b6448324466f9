#include "tests/support/nginx.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/socket.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace gaikei::support {
namespace {

Fd Listening() {
  Fd fd = BindSocket(SOCK_STREAM, "127.0.0.1", 0);
  if (listen(fd.get(), SOMAXCONN) != 0) {
    throw std::system_error(errno, std::generic_category(), "listen");
  }
  return fd;
}

/// Whether an HTTP server answers on a socket that listens.
bool Answers(std::uint16_t port) {
  try {
    const Fd client = ConnectTo("127.0.0.1", port);
    SendAll(client.get(), "GET / HTTP/1.0\r\n\r\n");
    return ReadToEnd(client.get()).starts_with("HTTP/");
  } catch (const std::system_error&) {
    return false;
  }
}

}  // namespace

Nginx::Nginx(const NginxOptions& options) {
  std::vector<Fd> sockets;
  sockets.push_back(Listening());
  port_ = PortOf(sockets[0].get());
  if (options.certificate) {
    sockets.push_back(Listening());
    secure_port_ = PortOf(sockets[1].get());
    work_.Write("chain.pem", options.certificate->Chain());
    work_.Write("key.pem", options.certificate->key);
  }
  SubprocessOptions child{.argv = {"/usr/sbin/nginx", "-p", work_.path(), "-c",
                                   work_.Write("nginx.conf", Config(options)), "-e", "stderr"}};
  child.orphan_signal = SIGTERM;
  // How nginx hands its sockets to its successor: it takes ours for its own.
  for (const Fd& fd : sockets) {
    child.inherited.push_back(fd.get());
    child.env["NGINX"] += std::to_string(fd.get()) + ";";
  }
  child_ = std::make_unique<Subprocess>(child);
  sockets.clear();
  if (!Answers(port_)) {
    child_->Signal(SIGTERM);
    child_->Wait();
    throw std::runtime_error("nginx does not answer: " + child_->errors());
  }
}

Nginx::~Nginx() {
  // Not SIGKILL, which would leave the worker behind.
  child_->Signal(SIGTERM);
  child_->Wait();
}

std::string Nginx::Config(const NginxOptions& options) const {
  std::string secure;
  if (options.certificate) {
    secure = fmt::format(
        "listen 127.0.0.1:{} ssl{};\nssl_certificate chain.pem;\nssl_certificate_key key.pem;\n",
        secure_port_, options.http2 ? " http2" : "");
  }
  const std::string work = work_.path();
  return fmt::format(
      "daemon off;\nuser root;\nworker_processes 1;\npid {0}/pid;\nerror_log stderr;\n"
      "events {{ worker_connections 2048; }}\n"
      "http {{\naccess_log off;\ndefault_type text/plain;\n"
      "client_body_temp_path {0}/body;\nproxy_temp_path {0}/proxy;\nfastcgi_temp_path "
      "{0}/fastcgi;\n"
      "uwsgi_temp_path {0}/uwsgi;\nscgi_temp_path {0}/scgi;\n{1}\n"
      "server {{\nlisten 127.0.0.1:{2};\n{3}root {4};\n{5}\n}}\n}}\n",
      work, options.http, port_, secure, root_.path().string(), options.server);
}

std::string Nginx::Url(const std::string& path) const {
  return fmt::format("http://127.0.0.1:{}{}", port_, path);
}

std::string Nginx::SecureUrl(const std::string& path) const {
  return fmt::format("https://127.0.0.1:{}{}", secure_port_, path);
}

void Nginx::Stop() {
  child_->Signal(SIGQUIT);
  if (!child_->Wait()) throw std::runtime_error("nginx does not stop");
}

}  // namespace gaikei::support
