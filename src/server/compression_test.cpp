#include "server/compression.h"

#include <gtest/gtest.h>

#include <random>

namespace tidemark {
namespace {

TEST(Compression, what_is_packed_comes_back) {
  std::mt19937 random{7};
  std::string noise;
  for (int i = 0; i < 300'000; ++i) noise += static_cast<char>(random() & 0xFF);
  for (const auto& text : {std::string{}, std::string{"x"}, std::string(1'000'000, 'a'), noise})
    EXPECT_EQ(gunzip(gzip(text), text.size()).value(), text);
  EXPECT_LT(gzip(std::string(1'000'000, 'a')).size(), 10'000U);
}

TEST(Compression, what_is_no_gzip_or_too_large_is_refused) {
  const auto packed = gzip("some text that is packed");
  EXPECT_FALSE(gunzip("not gzip", 100));
  EXPECT_FALSE(gunzip(packed.substr(0, packed.size() - 5), 100)) << "its end is missing";
  EXPECT_FALSE(gunzip(packed, 10)) << "larger than it may be";
  EXPECT_FALSE(gunzip(gzip(std::string(50'000'000, '\0')), 1000)) << "a bomb";
}

TEST(Compression, gzip_is_taken_where_the_field_says_so) {
  for (const char* field : {"gzip", "deflate, gzip", "GZIP", "gzip;q=0.5, br", "x-gzip", "*",
                            "br;q=1.0, gzip;q=0.8, *;q=0.1", " gzip "})
    EXPECT_TRUE(accepts_gzip(field)) << field;
  for (const char* field : {"", "br", "identity", "gzip;q=0", "gzip;q=0.000", "*;q=0",
                            "gzip;q=0, *", "gzipped", "gzip;q=x"})
    EXPECT_FALSE(accepts_gzip(field)) << field;
}

}  // namespace
}  // namespace tidemark
