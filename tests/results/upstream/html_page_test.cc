#include "results/upstream/html_page.h"

#include <gtest/gtest.h>

#include <string>

namespace gaikei {
namespace {

/// As nginx words it.
std::string Page(const std::string& title) {
  return "<html>\r\n<head><title>" + title + "</title></head>\r\n<body>\r\n<center><h1>400</h1>";
}

TEST(HtmlPage, HasATitle) {
  EXPECT_EQ(PageTitle(Page("502 Bad Gateway")), "502 Bad Gateway");
  EXPECT_EQ(PageTitle(Page("\x1b[31mred")), "\\x1b[31mred");
  EXPECT_LE(PageTitle(Page(std::string(5000, 'x'))).size(), 103U);
  EXPECT_EQ(PageTitle("<html><head>"), "");
  EXPECT_EQ(PageTitle(""), "");
  EXPECT_EQ(PageTitle(std::string(5000, ' ') + "<title>late</title>"), "");
}

TEST(HtmlPage, TellsThatTheConnectionWillNotDo) {
  EXPECT_TRUE(IsAboutTheConnection(Page("400 No required SSL certificate was sent")));
  EXPECT_TRUE(IsAboutTheConnection(Page("400 The SSL certificate error")));
  EXPECT_TRUE(IsAboutTheConnection(Page("400 The plain HTTP request was sent to HTTPS port")));
  EXPECT_FALSE(IsAboutTheConnection(Page("400 Bad Request")));
  EXPECT_FALSE(IsAboutTheConnection("No required SSL certificate was sent"));
}

}  // namespace
}  // namespace gaikei
