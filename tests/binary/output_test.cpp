// What client verbs print, and the exit codes of refusals. Pure.
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "cli/output.hpp"
#include "cli/remote.hpp"

namespace bursar::cli {
namespace {

TEST(CsvCells, NothingRunsAsAFormulaAndEveryValueComesBack) {
  struct Case {
    const char* value;
    const char* cell;
  };
  const Case cases[] = {
      {"", ""},
      {"plain", "plain"},
      {"a,b", "\"a,b\""},
      {"say \"hi\"", "\"say \"\"hi\"\"\""},
      {"two\nlines", "\"two\nlines\""},
      {"lone\rreturn", "\"lone\rreturn\""},
      {"=1+1", "\"'=1+1\""},
      {"+44", "\"'+44\""},
      {"-1", "\"'-1\""},
      {"@SUM(A1)", "\"'@SUM(A1)\""},
      {"\t=1", "\"'\t=1\""},
      {"\r=1", "\"'\r=1\""},
      {"＝1", "\"'＝1\""},
      {"＠x", "\"'＠x\""},
      {"'quoted", "\"''quoted\""},
      {"a=1", "a=1"},
  };
  for (const Case& one : cases) EXPECT_EQ(csv_cell(one.value), one.cell) << one.value;
}

TEST(MoneyTexts, FollowTheCurrencysExponent) {
  EXPECT_EQ(money_text(1234, "EUR"), "12.34 EUR");
  EXPECT_EQ(money_text(5, "EUR"), "0.05 EUR");
  EXPECT_EQ(money_text(1234, "JPY"), "1234 JPY");
  EXPECT_EQ(money_text(1234, "KWD"), "1.234 KWD");
  EXPECT_EQ(money_text(9'007'199'254'740'991, "EUR"), "90071992547409.91 EUR");
  EXPECT_EQ(money_text(1234, "ZZZ"), "1234 ZZZ");
}

const std::vector<Column> columns{
    {"ID", "id"}, {"AMOUNT", "amount", Column::As::money}, {"", "currency", Column::As::only_csv}};
const json::array rows{
    json::object{{"id", "a"}, {"amount", 1234}, {"currency", "EUR"}},
    json::object{{"id", "bb\x1b[31m"}, {"amount", 5}, {"currency", "JPY"}, {"more", true}}};

TEST(Rows, TablesAreAlignedAndCannotMoveTheCursor) {
  EXPECT_EQ(format_rows(Format::table, columns, rows),
            "ID       AMOUNT\n"
            "a        12.34 EUR\n"
            "bb [31m  5 JPY\n");
  EXPECT_EQ(format_rows(Format::table, columns, {}), "");
}

TEST(Rows, CsvKeepsMinorUnitsAndHasAHeadEvenWithoutRows) {
  EXPECT_EQ(format_rows(Format::csv, columns, {rows[0]}), "id,amount,currency\r\na,1234,EUR\r\n");
  EXPECT_EQ(format_rows(Format::csv, columns, {}), "id,amount,currency\r\n");
}

TEST(Rows, JsonIsWhatTheServerSaid) {
  EXPECT_EQ(format_rows(Format::json, columns, {rows[0]}),
            "[{\"id\":\"a\",\"amount\":1234,\"currency\":\"EUR\"}]\n");
  EXPECT_EQ(format_one(Format::json, rows[0].as_object()),
            "{\"id\":\"a\",\"amount\":1234,\"currency\":\"EUR\"}\n");
}

TEST(Refusals, HaveTheExitCodeOfTheirKind) {
  struct Case {
    int status;
    const char* code;
    ExitCode expected;
  };
  const Case cases[] = {{400, "malformed_json", ExitCode::invalid},
                        {401, "unauthenticated", ExitCode::not_allowed},
                        {403, "forbidden", ExitCode::not_allowed},
                        {404, "not_found", ExitCode::not_found},
                        {409, "conflict", ExitCode::conflict},
                        {422, "invalid_request", ExitCode::invalid},
                        {422, "idempotency_key_reused", ExitCode::conflict},
                        {429, "rate_limited", ExitCode::rate_limited},
                        {500, "internal_error", ExitCode::other},
                        {503, "unavailable", ExitCode::unavailable}};
  for (const Case& one : cases) {
    const json::object problem{{"code", one.code}, {"detail", "because"}, {"request_id", "r-1"}};
    const CommandFailed refusal = refusal_of(one.status, json::to_text(problem), "http://127.0.0.1:1");
    EXPECT_EQ(refusal.code(), one.expected) << one.status << one.code;
    EXPECT_NE(std::string(refusal.what()).find("because"), std::string::npos);
    EXPECT_NE(std::string(refusal.what()).find("r-1"), std::string::npos);
  }
  EXPECT_EQ(refusal_of(502, "<html>", "http://127.0.0.1:1").code(), ExitCode::unavailable);
}

TEST(Refusals, NameEveryFault) {
  const char* problem = R"({"code":"invalid_request","title":"Invalid","errors":[
      {"pointer":"/amount","message":"is required"},{"parameter":"limit","message":"is too large"}]})";
  const std::string what = refusal_of(422, problem, "http://127.0.0.1:1").what();
  EXPECT_NE(what.find("/amount: is required"), std::string::npos) << what;
  EXPECT_NE(what.find("limit: is too large"), std::string::npos) << what;
}

TEST(Queries, EverythingButUnreservedCharactersIsEncoded) {
  EXPECT_EQ(percent_encode("a-Z_0.~"), "a-Z_0.~");
  EXPECT_EQ(percent_encode("2026-11-26T00:00:00+01:00"), "2026-11-26T00%3A00%3A00%2B01%3A00");
  EXPECT_EQ(percent_encode("ä &%"), "%C3%A4%20%26%25");
}

}  // namespace
}  // namespace bursar::cli
