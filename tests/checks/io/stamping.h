#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>

#include <array>
#include <thread>

#include "checks/io/net/arrival.h"
#include "tests/support/socket.h"

namespace gaikei::io {

/// A machine whose kernel stamps what comes, from the end of the constructor on: it begins when it
/// gets round to it. What comes before has the time at which it is read.
class Stamping {
 public:
  Stamping() {
    using namespace std::chrono_literals;
    const support::Fd socket = support::BindSocket(SOCK_DGRAM, "127.0.0.1", 0);
    AskForStamps(socket.get());
    const support::SocketAddress self("127.0.0.1", support::PortOf(socket.get()));
    std::array<char, 8> buffer{};
    for (int i = 0; i < 100; ++i) {
      const ClockPair sent = ClockPair::Now();
      sendto(socket.get(), "hello", 5, 0, self.get(), self.length);
      const MonoTime is_there = MonoNow();
      std::this_thread::sleep_for(20ms);  // the stall
      std::optional<WallTime> stamp;
      sockaddr_storage from{};
      socklen_t length = sizeof from;
      EXPECT_EQ(ReceiveStamped(socket.get(), buffer.data(), buffer.size(), &stamp,
                               reinterpret_cast<sockaddr*>(&from), &length),
                5);
      EXPECT_EQ(length, sizeof(sockaddr_in));
      EXPECT_TRUE(stamp);
      const MonoTime arrived = ArrivalOf(stamp, sent, ClockPair::Now());
      EXPECT_GE(arrived, sent.mono);
      if (arrived <= is_there + 10ms) return;
    }
    ADD_FAILURE() << "no stamp was of the arrival";
  }

 private:
  const StampKeeper keeper_;
};

}  // namespace gaikei::io
