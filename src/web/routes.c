#include "web/pages/pages.h"

const AkRoute ak_web_routes[] = {
    {"/", ak_page_runs},
    {"/style.css", ak_page_style},
    {"/runs/{}", ak_page_run},
    {"/runs/{}/requirements/{}", ak_page_requirement},
    {"/runs/{}/proof", ak_page_proof},
    {"/runs/{}/files/{}", ak_page_file},
    {NULL, NULL},
};
