#include "checks/expect/subjects.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>

#include "results/reason.h"

namespace gaikei::expect {
namespace {

/// The subject of the row as an expression would name it.
std::string Named(const SubjectRow& row) {
  const std::string name(row.name);
  if (row.argument.empty()) return name;
  return name + (row.subject == Subject::kPhase ? ".tls" : ".x");
}

TEST(Subjects, AreFoundByTheirNameAndOfferedOnce) {
  std::set<std::string_view> names;
  std::set<Subject> subjects;
  for (const SubjectRow& row : AllSubjects()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_TRUE(subjects.insert(row.subject).second) << row.name;
    const auto found = FindSubject(Named(row), row.kinds.front());
    ASSERT_TRUE(found) << row.name << ": " << found.error().message;
    EXPECT_EQ(found->row, &row);
  }
}

TEST(Subjects, HaveAReasonNamedAfterTheirFirstWord) {
  for (const SubjectRow& row : AllSubjects()) {
    const auto compiled = Expression::Compile(Named(row) + " exists", row.kinds.front());
    ASSERT_TRUE(compiled) << row.name << ": " << compiled.error().message;
    const std::string first(row.name.substr(0, row.name.find('.')));
    EXPECT_EQ(Name(compiled->reason()), "expect_" + first);
    EXPECT_EQ(compiled->subject(), row.subject);
    EXPECT_EQ(compiled->text(), Named(row) + " exists");
  }
}

TEST(Subjects, ApplyToSomeKindsAndToNoOther) {
  const auto kinds_of = [](std::string_view name) {
    std::string kinds;
    for (const char* kind : {"http", "tls", "dns", "tcp", "icmp", "gopher"}) {
      if (FindSubject(name, kind)) kinds += std::string(kind) + " ";
    }
    return kinds;
  };
  EXPECT_EQ(kinds_of("duration"), "http tls dns tcp icmp ");
  EXPECT_EQ(kinds_of("status"), "http ");
  EXPECT_EQ(kinds_of("tls.version"), "http tls dns tcp ");
  EXPECT_EQ(kinds_of("rcode"), "dns ");
  EXPECT_EQ(kinds_of("agree"), "dns ");
  EXPECT_EQ(kinds_of("packet_loss"), "icmp ");
  EXPECT_EQ(kinds_of("rtt"), "tls tcp icmp ");
  EXPECT_EQ(kinds_of("response"), "tcp ");
  EXPECT_EQ(FindSubject("status", "dns").error().message,
            "status does not apply to a check of kind dns");
}

TEST(Subjects, HandTheirArgumentToTheSource) {
  EXPECT_EQ(FindSubject("header.Content-Type", "http")->argument, "content-type");
  EXPECT_EQ(FindSubject("header.x.y", "http")->argument, "x.y");
  EXPECT_EQ(FindSubject("phase.other", "http")->argument, "other");
  EXPECT_EQ(FindSubject("json.items[0].Id", "http")->argument, "items[0].Id");
  EXPECT_EQ(FindSubject("json[2]", "http")->argument, "[2]");
  EXPECT_EQ(FindSubject("json[\"a.b\"].c", "http")->argument, "[\"a.b\"].c");
  EXPECT_EQ(FindSubject("json", "http")->argument, "");
  EXPECT_EQ(FindSubject("status", "http")->argument, "");
}

std::string ReadManual() {
  std::ifstream file(GAIKEI_DOCS "/expectations.md");
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Manual, DescribesEverySubject) {
  const std::string manual = ReadManual();
  for (const SubjectRow& row : AllSubjects()) {
    std::string name = "`" + std::string(row.name);
    name += row.argument.empty() ? "`" : "." + std::string(row.argument) + "`";
    EXPECT_NE(manual.find(name), std::string::npos) << name << " is not in docs/expectations.md";
  }
}

TEST(Manual, GivesExamplesThatCompile) {
  std::istringstream manual(ReadManual());
  int examples = 0;
  for (std::string line; std::getline(manual, line);) {
    if (!line.starts_with("header.") && !line.starts_with("json.")) continue;
    const auto compiled = Expression::Compile(line, "http");
    EXPECT_TRUE(compiled) << line << ": " << compiled.error().message;
    ++examples;
  }
  EXPECT_GE(examples, 10);
}

}  // namespace
}  // namespace gaikei::expect
