/* The sections of a report's page. */
#ifndef CLI_REPORT_SECTIONS_H
#define CLI_REPORT_SECTIONS_H

#include "chart.h"
#include "report.h"

/* Append a section. False: out of memory. */
bool section_time(const struct report *report, const struct report_origin *origin, struct buffer *out);
bool section_parts(const struct report *report, struct buffer *out);
bool section_groups(const struct report *report, const struct report_origin *origin, struct buffer *out);
void section_words(const struct report *report, struct buffer *out);
void section_texts(const struct report *report, struct buffer *out);
void section_unknown(const struct report *report, struct buffer *out);

/* ---- parts of sections ------------------------------------------------------------------------------ */

void section_open(struct buffer *out, const char *title);
void section_close(struct buffer *out);

/* A chart with a heading. */
void section_chart(struct buffer *out, const char *heading, const struct chart *chart,
                   void (*draw)(struct buffer *, const struct chart *));

double share(uint64_t part, uint64_t whole); /* 0 of nothing */
mood_text text_of(const char *string);

#endif
