#include "web/pages/pages.h"

const AkRoute ak_web_routes[] = {
    {"/", ak_page_runs},
    {"/style.css", ak_page_style},
    {"/progress.js", ak_page_progress_script},
    {"/runs/{}", ak_page_run},
    {"/runs/{}/requirements/{}", ak_page_requirement},
    {"/runs/{}/progress", ak_page_progress},
    {"/runs/{}/proof", ak_page_proof},
    {"/runs/{}/files/{}", ak_page_file},
    {NULL, NULL},
};
