{{ config(materialized='incremental', table_type='iceberg', incremental_strategy='merge', unique_key='id') }}
select id, amount + {{ 1 if is_incremental() else 0 }} as amount from {{ ref('orders_view') }}
