// The floor of a TCP check: connect, close. Prints how often it did so.
//
// tcp_client PORT SECONDS

#include "tests/bench/clients/common.h"

int main(int argc, char** argv) {
  using namespace gaikei::bench;
  if (argc != 3) Die("tcp_client PORT SECONDS");
  const auto port = static_cast<std::uint16_t>(std::atoi(argv[1]));
  RepeatFor(std::atof(argv[2]), [port] { close(Connect(port)); });
  return 0;
}
