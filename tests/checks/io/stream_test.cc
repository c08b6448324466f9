#include "checks/io/tls/stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>

#include <cerrno>
#include <future>

#include "tests/checks/io/stream_rig.h"
#include "tests/support/tcp_server.h"

namespace gaikei::io {
namespace {

using support::Connection;
using support::TcpServer;

class StreamTest : public testing::Test, public StreamRig {};

TEST_F(StreamTest, BytesGoBothWays) {
  TcpServer server([](Connection& c) {
    c.Write("hello\n");
    if (const auto line = c.ReadUntil("\n")) c.Write("you said " + *line);
    c.WaitUntilClosed();
  });
  Open(server.port());
  EXPECT_EQ(wakes(), 0);
  ASSERT_TRUE(RunUntilInput("hello\n"));
  stream().input().clear();
  stream().Write("good ");
  stream().Write("day\n");
  EXPECT_TRUE(stream().is_flushed());
  ASSERT_TRUE(RunUntilInput("you said good day\n"));
  EXPECT_EQ(stream().end(), Stream::End::kOpen);
  EXPECT_EQ(stream().tls(), Stream::Tls::kNone);
  EXPECT_EQ(stream().peer(), nullptr);
  EXPECT_EQ(stream().error(), 0);
}

TEST_F(StreamTest, OneByteAtATimeArrivesWhole) {
  TcpServer server([](Connection& c) {
    for (const char byte : std::string("one at a time")) c.Write({&byte, 1});
    c.WaitUntilClosed();
  });
  Open(server.port());
  EXPECT_TRUE(RunUntilInput("one at a time"));
}

TEST_F(StreamTest, OrderlyCloseEndsItAfterWhatCameBefore) {
  TcpServer server([](Connection& c) {
    c.Write("bye");
    c.CloseGracefully();
  });
  Open(server.port());
  ASSERT_TRUE(RunUntilEnd());
  EXPECT_EQ(stream().end(), Stream::End::kClosed);
  EXPECT_EQ(stream().error(), 0);
  EXPECT_EQ(stream().input(), "bye");
  stream().Write("too late");
  EXPECT_TRUE(stream().is_flushed());
}

TEST_F(StreamTest, ResetEndsItAfterWhatCameBefore) {
  std::promise<void> was_read;
  TcpServer server([&](Connection& c) {
    c.Write("half an ans");
    was_read.get_future().wait();
    c.Reset();
  });
  Open(server.port());
  ASSERT_TRUE(RunUntilInput("half an ans"));
  was_read.set_value();
  ASSERT_TRUE(RunUntilEnd());
  EXPECT_EQ(stream().end(), Stream::End::kReset);
  EXPECT_EQ(stream().error(), ECONNRESET);
  EXPECT_EQ(stream().input(), "half an ans");
}

TEST_F(StreamTest, WritingToAPeerThatIsGoneIsAResetAndNoSignal) {
  TcpServer server([](Connection& c) {
    c.ReadExactly(1);
    c.Reset();
  });
  signal(SIGPIPE, SIG_DFL);  // would end the test
  Open(server.port());
  ASSERT_TRUE(RunUntil([&] {
    stream().Write("xxxx");
    return stream().end() != Stream::End::kOpen;
  }));
  EXPECT_EQ(stream().end(), Stream::End::kReset);
}

TEST_F(StreamTest, ReadingPausesAtTheLimitAndGoesOnWhenThereIsRoom) {
  constexpr std::size_t kSize = 1 << 20;
  constexpr std::size_t kLimit = 5000;
  std::string sent;
  for (std::size_t i = 0; i < kSize; ++i) sent += static_cast<char>('a' + i * i % 23);
  TcpServer server([&](Connection& c) {
    c.Write(sent);
    c.CloseGracefully();
  });
  Open(server.port(), kLimit);
  ASSERT_TRUE(RunUntil([&] { return stream().input().size() == kLimit; }));
  const int before = wakes();
  int looks = 0;
  ASSERT_TRUE(RunUntil([&] { return ++looks == 20; }));
  EXPECT_EQ(stream().input().size(), kLimit);
  EXPECT_EQ(wakes(), before) << "nothing grew";
  EXPECT_EQ(stream().end(), Stream::End::kOpen);

  std::string got;
  ASSERT_TRUE(RunUntil([&] {
    std::string& input = stream().input();
    EXPECT_LE(input.size(), kLimit);
    got += input;
    input.clear();
    return stream().end() != Stream::End::kOpen;
  }));
  got += stream().input();
  EXPECT_EQ(stream().end(), Stream::End::kClosed);
  EXPECT_EQ(got, sent);
}

TEST_F(StreamTest, APeerThatDoesNotReadHoldsBackNoMoreThanWasWritten) {
  std::promise<void> may_read;
  std::promise<std::size_t> was_read;
  constexpr std::size_t kSize = 16 << 20;  // more than the kernel takes
  TcpServer server([&](Connection& c) {
    may_read.get_future().wait();
    const auto all = c.ReadExactly(kSize);
    was_read.set_value(all ? all->size() : 0);
    c.Write("thank you");
    c.WaitUntilClosed();
  });
  Open(server.port());
  stream().Write(std::string(kSize, 'x'));
  EXPECT_FALSE(stream().is_flushed());
  int looks = 0;
  ASSERT_TRUE(RunUntil([&] { return ++looks == 20; }));
  EXPECT_FALSE(stream().is_flushed());
  EXPECT_EQ(wakes(), 0);
  may_read.set_value();
  ASSERT_TRUE(RunUntilInput("thank you"));
  EXPECT_TRUE(stream().is_flushed());
  EXPECT_EQ(was_read.get_future().get(), kSize);
}

TEST_F(StreamTest, ItMayBeDestroyedInItsOwnWake) {
  TcpServer server([](Connection& c) {
    c.Write("first");
    c.WaitUntilClosed();
  });
  Open(server.port());
  bool is_gone = false;
  OnWake([&] {
    Close();
    is_gone = true;
  });
  EXPECT_TRUE(RunUntil([&] { return is_gone; }));
  EXPECT_EQ(wakes(), 1);
}

TEST_F(StreamTest, WritingInAWakeIsAllowed) {
  TcpServer server([](Connection& c) {
    while (const auto line = c.ReadUntil("\n")) c.Write(*line);
  });
  Open(server.port());
  int rounds = 0;
  OnWake([&] {
    if (stream().input().empty() || stream().input().back() != '\n') return;
    stream().input().clear();
    if (++rounds < 50) stream().Write("again\n");
  });
  stream().Write("again\n");
  EXPECT_TRUE(RunUntil([&] { return rounds == 50; }));
}

TEST_F(StreamTest, FactsAreTheKernelsOwn) {
  TcpServer server([](Connection& c) {
    c.Write("x");
    c.WaitUntilClosed();
  });
  Open(server.port());
  ASSERT_TRUE(RunUntilInput("x"));
  const TcpEvidence facts = stream().Facts();
  EXPECT_GT(facts.rtt, Span(0));
  EXPECT_LT(facts.rtt, support::kFailsafe);
  EXPECT_EQ(facts.lost, 0U);
  EXPECT_EQ(facts.response, "");
}

TEST_F(StreamTest, ASocketThatIsNoneFails) {
  Stream nothing(loop(), UniqueFd(), 100, [] {});
  EXPECT_TRUE(RunUntil([&] { return nothing.end() != Stream::End::kOpen; }));
  EXPECT_EQ(nothing.end(), Stream::End::kFailed);
}

}  // namespace
}  // namespace gaikei::io
