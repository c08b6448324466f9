#include "tests/support/daemon.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace gaikei::support {
namespace {

/// Listens, and leaves a grandchild behind that holds the port as well.
Daemon::Command Forking() {
  return [](std::uint16_t port) -> std::vector<std::string> {
    return {"/usr/bin/python3", "-c",
            "import os, socket, sys, time\n"
            "s = socket.create_server(('127.0.0.1', int(sys.argv[1])))\n"
            "if os.fork() == 0:\n"
            "  os.setsid()\n"
            "time.sleep(600)\n",
            std::to_string(port)};
  };
}

TEST(Daemon, AnswersAndEndsWithAllThatItForked) {
  std::uint16_t port = 0;
  {
    const Daemon daemon(Forking());
    port = daemon.port();
    EXPECT_TRUE(Accepts("127.0.0.1", port));
  }
  EXPECT_FALSE(Accepts("127.0.0.1", port));
}

TEST(Daemon, ThatDoesNotStartIsQuoted) {
  const auto broken = [](std::uint16_t) -> std::vector<std::string> {
    return {"/usr/bin/python3", "-c", "import sys; sys.exit('no such luck')"};
  };
  try {
    const Daemon daemon(broken);
    FAIL() << "it was made";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("no such luck"), std::string::npos) << error.what();
  }
}

TEST(Daemon, RunsAsAnotherUser) {
  const auto tell = [](std::uint16_t port) -> std::vector<std::string> {
    return {"/usr/bin/python3", "-c",
            "import os, socket, sys, time\n"
            "os.write(1, b'True\\n' if os.getuid() != 0 else b'False\\n')\n"
            "s = socket.create_server(('127.0.0.1', int(sys.argv[1])))\n"
            "time.sleep(600)\n",
            std::to_string(port)};
  };
  Daemon daemon(tell, "nobody");
  EXPECT_TRUE(daemon.WaitForOutput("\n"));
  EXPECT_EQ(daemon.log(), "True\n");
}

}  // namespace
}  // namespace gaikei::support
