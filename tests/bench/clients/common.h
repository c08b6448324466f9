#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

/// What the bare clients share. They do one thing again and again for some seconds and print how
/// often; a fault ends them with status 1.
namespace gaikei::bench {

[[noreturn]] inline void Die(const char* what) {
  std::fprintf(stderr, "%s\n", what);
  std::exit(1);
}

/// A blocking connection to a port of 127.0.0.1.
inline int Connect(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0 || connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    Die("no connection");
  }
  return fd;
}

template <class Function>
void RepeatFor(double seconds, Function&& once) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  unsigned long count = 0;
  for (; std::chrono::steady_clock::now() < end; ++count) once();
  std::printf("%lu\n", count);
}

}  // namespace gaikei::bench
