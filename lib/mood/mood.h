/* All headers: #include <mood/mood.h>, and link with pkg-config --libs mood. */
#ifndef MOOD_MOOD_H
#define MOOD_MOOD_H

#include <mood/connector.h>
#include <mood/device.h>
#include <mood/model.h>
#include <mood/scorer.h>
#include <mood/status.h>
#include <mood/stream.h>
#include <mood/text.h>

#endif
