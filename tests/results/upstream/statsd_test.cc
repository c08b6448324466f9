/// statsd on the wire: lines, datagrams to a real socket, and what is sent again.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "results/upstream/sinks.h"
#include "results/upstream/statsd_lines.h"
#include "tests/results/samples.h"
#include "tests/results/upstream/items.h"
#include "tests/support/socket.h"

namespace gaikei {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::MakeSeries;
using ::testing::Not;
using testing::SampleItem;
using ::testing::SizeIs;

std::vector<std::string> LinesOf(const SpoolItem& item, const StatsdSpec& spec = {},
                                 const LabelMapping& mapping = {}) {
  std::vector<std::string> lines;
  EXPECT_TRUE(StatsdLines(spec, mapping).Add(item, lines));
  return lines;
}

StatsdSpec Plain() {
  StatsdSpec spec;
  spec.has_tags = false;
  return spec;
}

SpoolItem Passed() {
  SpoolItem item = SampleItem(MakeSeries("home", "tokyo", {{"team", "shop"}}));
  auto& sample = std::get<Sample>(item.content);
  sample.latest.status = Status::kPass;
  sample.latest.has_started = true;
  sample.latest.duration = microseconds(12'300);
  sample.latest.phases[static_cast<std::size_t>(Phase::kConnect)] = milliseconds(2);
  sample.latest.phases[static_cast<std::size_t>(Phase::kTransfer)] = Span(0);
  return item;
}

SpoolItem Failed() {
  SpoolItem item = Passed();
  auto& sample = std::get<Sample>(item.content);
  sample.latest.status = Status::kFail;
  sample.reason = Reason::kDnsTimeout;
  sample.latest.phases = {};
  return item;
}

TEST(StatsdLines, AreDogStatsDs) {
  const std::string tags = "|#check:home,region:tokyo,kind:http,team:shop";
  EXPECT_THAT(
      LinesOf(Passed()),
      ElementsAre("gaikei.outcomes:1|c" + tags + ",status:pass", "gaikei.duration:12.3|ms" + tags,
                  "gaikei.phase.duration:2|ms" + tags + ",phase:connect",
                  "gaikei.phase.duration:0|ms" + tags + ",phase:transfer",
                  "gaikei.success:1|g" + tags));
  EXPECT_THAT(LinesOf(Failed()),
              ElementsAre("gaikei.outcomes:1|c" + tags + ",status:fail,reason:dns_timeout",
                          "gaikei.duration:12.3|ms" + tags, "gaikei.success:0|g" + tags));
}

TEST(StatsdLines, AreAnyStatsdsWhereThereAreNoTags) {
  EXPECT_THAT(LinesOf(Passed(), Plain()),
              ElementsAre("gaikei.outcomes.home.tokyo.team_shop.pass:1|c",
                          "gaikei.duration.home.tokyo.team_shop:12.3|ms",
                          "gaikei.phase.duration.home.tokyo.team_shop.connect:2|ms",
                          "gaikei.phase.duration.home.tokyo.team_shop.transfer:0|ms",
                          "gaikei.success.home.tokyo.team_shop:1|g"));
  EXPECT_EQ(LinesOf(Failed(), Plain())[0],
            "gaikei.outcomes.home.tokyo.team_shop.fail.dns_timeout:1|c");
}

TEST(StatsdLines, CountWhatCouldNotBeToldAndNoMore) {
  SpoolItem item = Passed();
  auto& sample = std::get<Sample>(item.content);
  sample.latest.status = Status::kUnknown;
  sample.reason = Reason::kProberFdLimit;
  EXPECT_THAT(LinesOf(item), ElementsAre(HasSubstr("status:unknown,reason:prober_fd_limit")));
}

TEST(StatsdLines, TakeAPrefixAndAMapping) {
  StatsdSpec spec;
  spec.prefix = "site.";
  LabelMapping mapping;
  mapping.rename = {{"check", "probe"}, {"kind", ""}, {"status", "result"}, {"team", ""}};
  mapping.add = {{"env", "prod"}};
  mapping.drop = {"phases", "latest"};
  EXPECT_THAT(LinesOf(Passed(), spec, mapping),
              ElementsAre("site.outcomes:1|c|#probe:home,region:tokyo,env:prod,result:pass",
                          "site.duration:12.3|ms|#probe:home,region:tokyo,env:prod"));
  mapping.drop = {"histograms"};
  EXPECT_THAT(LinesOf(Passed(), spec, mapping), Each(Not(HasSubstr("duration"))));
  spec.has_tags = false;
  mapping.drop = {"phases", "latest"};
  EXPECT_THAT(LinesOf(Passed(), spec, mapping),
              ElementsAre("site.outcomes.home.tokyo.env_prod.pass:1|c",
                          "site.duration.home.tokyo.env_prod:12.3|ms"));
}

TEST(StatsdLines, HaveAFixedLabelWhereTheCheckHasNoneOfItsOwn) {
  LabelMapping mapping;
  mapping.add = {{"team", "none"}, {"env", "prod"}};
  mapping.drop = {"histograms", "latest"};
  EXPECT_THAT(LinesOf(Passed(), {}, mapping),
              ElementsAre(AllOf(HasSubstr("env:prod"), Not(HasSubstr("none")))));
}

TEST(StatsdLines, BearNoByteThatEndsATagOrALine) {
  const auto series = MakeSeries("a|b,c#d e\nf:1", "\xe6\x9d\xb1\xe4\xba\xac",
                                 {{"1:x", "v|c"}, {"empty", ""}, {"host", "a.b:80/x"}});
  const SpoolItem item = SampleItem(series);
  const std::string first = LinesOf(item)[0];
  EXPECT_THAT(first, HasSubstr("|c|#check:a_b_c_d_e_x0af:1,region:\xe6\x9d\xb1\xe4\xba\xac,"));
  EXPECT_THAT(first, HasSubstr(",tag_1_x:v_c,host:a.b:80/x,status:"));
  EXPECT_THAT(first, Not(HasSubstr("empty")));
  EXPECT_THAT(LinesOf(item, Plain())[0],
              ::testing::StartsWith("gaikei.outcomes.a_b_c_d_e_f_1._e6_9d_b1_e4_ba_ac."
                                    "1_x_v_c.host_a_b_80_x."));
}

TEST(StatsdLines, AreBoundedHoweverLongALabelIs) {
  std::vector<std::pair<std::string, std::string>> labels = {{"long", std::string(5000, 'x')}};
  EXPECT_LT(LinesOf(SampleItem(MakeSeries("home", "tokyo", labels)))[0].size(), 400U);
  labels.clear();
  for (int i = 100; i < 200; ++i) {
    labels.emplace_back("label" + std::to_string(i), std::string(300, 'x'));
  }
  std::vector<std::string> lines;
  const StatsdSpec spec;
  const LabelMapping mapping;
  EXPECT_FALSE(
      StatsdLines(spec, mapping).Add(SampleItem(MakeSeries("home", "tokyo", labels)), lines));
  EXPECT_THAT(lines, IsEmpty());
}

TEST(StatsdLines, OfARollupAreItsCounts) {
  SpoolItem item;
  Rollup rollup;
  rollup.series = MakeSeries("home", "tokyo");
  rollup.samples = 1'000'007;
  rollup.tally.outcomes = {{Status::kPass, Reason::kNone, 1'000'000},
                           {Status::kFail, Reason::kConnectRefused, 7}};
  item.content = std::move(rollup);
  const std::string tags = "|#check:home,region:tokyo,kind:http";
  EXPECT_THAT(LinesOf(item),
              ElementsAre("gaikei.outcomes:1000000|c" + tags + ",status:pass",
                          "gaikei.outcomes:7|c" + tags + ",status:fail,reason:connect_refused"));
  item.content = Departure{MakeSeries("home", "tokyo"), WallTime()};
  EXPECT_THAT(LinesOf(item), IsEmpty());
}

/// A real socket on either side; what the network is to do instead may be told.
class SocketTransport final : public DatagramTransport {
 public:
  SocketTransport()
      : receiver_(support::BindSocket(SOCK_DGRAM, "127.0.0.1", 0)),
        sender_(support::BindSocket(SOCK_DGRAM, "127.0.0.1", 0)) {
    const int room = 8 << 20;
    EXPECT_EQ(::setsockopt(receiver_.get(), SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room), 0);
  }

  /// So many datagrams of the next call are taken, then this is the error.
  struct Fault {
    std::size_t taken = 0;
    std::string error;
  };
  std::deque<Fault> faults;
  Done held;  ///< of a call that was not answered, with `holds`
  bool holds = false;

  std::unique_ptr<Transport::Call> Send(std::vector<std::string> datagrams, Done done) override {
    class Nothing : public Transport::Call {};
    Result result;
    if (!faults.empty()) {
      result.error = faults.front().error;
      datagrams.resize(std::min(datagrams.size(), faults.front().taken));
      faults.pop_front();
    }
    const support::SocketAddress to("127.0.0.1", support::PortOf(receiver_.get()));
    for (const std::string& datagram : datagrams) {
      EXPECT_EQ(::sendto(sender_.get(), datagram.data(), datagram.size(), 0, to.get(), to.length),
                static_cast<ssize_t>(datagram.size()));
      ++result.sent;
    }
    if (holds) {
      held = std::move(done);
    } else {
      pending_ = [result, done = std::move(done)] { done(result); };
    }
    return std::make_unique<Nothing>();
  }
  /// What a loop would do later.
  void Turn() {
    const auto next = std::move(pending_);
    pending_ = nullptr;
    if (next) next();
  }
  std::vector<std::string> Received() const {
    std::vector<std::string> all;
    std::string buffer(65536, '\0');
    for (;;) {
      const ssize_t n = ::recv(receiver_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (n < 0) return all;
      all.push_back(buffer.substr(0, static_cast<std::size_t>(n)));
    }
  }

 private:
  support::Fd receiver_;
  support::Fd sender_;
  std::function<void()> pending_;
};

class StatsdSink : public ::testing::Test {
 protected:
  StatsdSink() { spec_.type = UpstreamType::kStatsd; }

  void Add(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      SpoolItem item = Passed();
      item.sequence = items_.size() + 1;
      item.end = item.sequence + 1;
      items_.push_back(std::move(item));
    }
  }
  std::size_t Prepare(Sink::Limits limits = {}) {
    pointers_.clear();
    for (const SpoolItem& item : items_) pointers_.push_back(&item);
    return sink().Prepare(pointers_, limits);
  }
  Verdict Send() {
    std::optional<Verdict> verdict;
    sink().Send([&](Verdict came) { verdict = std::move(came); });
    transport_.Turn();
    EXPECT_TRUE(verdict);
    return verdict.value_or(Verdict{});
  }
  Sink& sink() {
    if (sink_ == nullptr) sink_ = MakeStatsdSink(spec_, transport_);
    return *sink_;
  }
  /// Lines that came, and how many of the datagrams broke the rules.
  std::vector<std::string> Lines() {
    std::vector<std::string> lines;
    for (const std::string& datagram : transport_.Received()) {
      EXPECT_LE(datagram.size(), 1432U);
      EXPECT_FALSE(datagram.ends_with('\n'));
      std::size_t from = 0;
      while (from <= datagram.size()) {
        const std::size_t to = std::min(datagram.find('\n', from), datagram.size());
        lines.push_back(datagram.substr(from, to - from));
        from = to + 1;
      }
    }
    return lines;
  }

  UpstreamSpec spec_;
  SocketTransport transport_;
  std::deque<SpoolItem> items_;
  std::vector<const SpoolItem*> pointers_;
  std::unique_ptr<Sink> sink_;
};

TEST_F(StatsdSink, PacksLinesIntoDatagramsAndSplitsNone) {
  Add(500);
  EXPECT_EQ(Prepare(), 500U);
  EXPECT_EQ(Send().kind, Verdict::Kind::kTaken);
  EXPECT_THAT(sink().Settle(), IsEmpty());
  const auto lines = Lines();
  EXPECT_THAT(lines, SizeIs(2500));
  EXPECT_THAT(lines, Each(AllOf(HasSubstr("gaikei."), HasSubstr("team:shop"))));
}

TEST_F(StatsdSink, CoversWhatItsLimitsAllow) {
  Add(100);
  EXPECT_EQ(Prepare({.items = 7}), 7U);
  sink().Discard();
  const std::size_t covered = Prepare({.bytes = 2000});
  EXPECT_GT(covered, 1U);
  EXPECT_LT(covered, 10U);
  sink().Discard();
  EXPECT_EQ(Prepare({.bytes = 1}), 1U);
}

TEST_F(StatsdSink, HasNothingToSendForADeparture) {
  SpoolItem item;
  item.content = Departure{MakeSeries("home", "tokyo"), WallTime()};
  items_.push_back(std::move(item));
  EXPECT_EQ(Prepare(), 1U);
  EXPECT_EQ(Send().kind, Verdict::Kind::kTaken);
  EXPECT_THAT(Lines(), IsEmpty());
}

TEST_F(StatsdSink, SendsAgainWhatTheNetworkDidNotTakeAndNothingElse) {
  Add(200);
  transport_.faults = {{3, "refused, nothing listens there"}, {0, "no way"}, {5, "refused"}};
  Prepare();
  for (const char* error : {"refused, nothing listens there", "no way", "refused"}) {
    const Verdict verdict = Send();
    EXPECT_EQ(verdict.kind, Verdict::Kind::kRetry);
    EXPECT_EQ(verdict.message, error);
  }
  EXPECT_EQ(Send().kind, Verdict::Kind::kTaken);
  EXPECT_THAT(Lines(), SizeIs(1000));
  sink().Settle();
  // The next delivery begins at its own beginning.
  Prepare({.items = 1});
  EXPECT_EQ(Send().kind, Verdict::Kind::kTaken);
  EXPECT_THAT(Lines(), SizeIs(5));
}

TEST_F(StatsdSink, SaysWhatItHadToLeaveOut) {
  std::vector<std::pair<std::string, std::string>> labels;
  for (int i = 100; i < 200; ++i) {
    labels.emplace_back("label" + std::to_string(i), std::string(300, 'x'));
  }
  Add(2);
  items_.push_back(SampleItem(MakeSeries("home", "tokyo", labels)));
  EXPECT_EQ(Prepare(), 3U);
  const Verdict verdict = Send();
  EXPECT_EQ(verdict.kind, Verdict::Kind::kTaken);
  EXPECT_EQ(verdict.rejected, 1U);
  EXPECT_NE(verdict.message, "");
  EXPECT_THAT(Lines(), SizeIs(10));
}

TEST_F(StatsdSink, StopsWhenItIsTold) {
  Add(1);
  transport_.holds = true;
  Prepare();
  bool was_called = false;
  sink().Send([&](Verdict) { was_called = true; });
  sink().Cancel();
  EXPECT_FALSE(was_called);
}

TEST(StatsdSeries, AreCountedByWhatIsSent) {
  UpstreamSpec spec;
  CheckIdentity check;
  check.kind = "http";
  EXPECT_EQ(StatsdSeriesOf(spec, check), 8U + 1 + 5 + 1);
  spec.mapping.drop = {"phases"};
  EXPECT_EQ(StatsdSeriesOf(spec, check), 8U + 1 + 1);
  spec.mapping.drop = {"histograms", "latest"};
  EXPECT_EQ(StatsdSeriesOf(spec, check), 8U);
  check.kind = "heartbeat";
  EXPECT_EQ(StatsdSeriesOf({}, check), 8U + 1 + 1);
}

}  // namespace
}  // namespace gaikei
